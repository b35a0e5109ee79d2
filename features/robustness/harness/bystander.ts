// Run by a crew: one honest client that asks again and again, and notes how long each answer takes.
import { setTimeout as sleep } from "node:timers/promises";
import { type Address, clusterType, XdsClient } from "./xds-client.ts";

const pauseMs = 5;

let answered = (): void => {};
let lost = 0;
let client: XdsClient | undefined;

/** Connects and waits for the first answer: the group of the node "bystander" must have a cluster "a". */
export async function arrive(address: Address): Promise<void> {
  client?.close();
  lost = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  answered = resolve;
  client = new XdsClient(address, {
    node: "bystander",
    variant: "delta",
    onVersion: () => answered(),
    onLost: () => lost++,
  });
  await promise;
}

/** Asks for `ms` and returns how long each answer took, in ms. A name that is asked for again is answered again. */
export async function watch(ms: number): Promise<{ readonly latencies: readonly number[]; readonly lost: number }> {
  const latencies: number[] = [];
  const end = performance.now() + ms;
  while (performance.now() < end && lost === 0) {
    const start = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    answered = resolve;
    client?.send({ typeUrl: clusterType, names: ["a"] });
    await promise;
    latencies.push(performance.now() - start);
    await sleep(pauseMs);
  }
  return { latencies, lost };
}
