import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Address } from "../../address.ts";

const patienceMs = 10_000;
const retryMs = 50;

/** Waits until something listens, or long enough: a file with a mistake in it keeps Envoy from opening the port. */
export async function opened({ host, port }: Address, signal?: AbortSignal): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!signal?.aborted && performance.now() < deadline) {
    const socket = connect({ host, port });
    try {
      await once(socket, "connect");
      return;
    } catch {
      await setTimeout(retryMs);
    } finally {
      socket.destroy();
    }
  }
}
