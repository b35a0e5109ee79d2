import { openConnection, type ProbeOptions } from "./connect.ts";
import type { ProbeResult } from "./probe.ts";

/** An endpoint passes if it takes a connection. Rejects if it does not. */
export async function probeTcp(options: ProbeOptions): Promise<ProbeResult> {
  const socket = await openConnection(options, "");
  socket.destroy();
  return { ok: true };
}
