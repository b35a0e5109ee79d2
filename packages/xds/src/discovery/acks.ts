import type { Acked, AckedOptions } from "../snapshot/snapshots.ts";
import type { Client } from "./client.ts";

export interface AckSource {
  /** The clients of the group, as they are now. */
  clients(): Iterable<Client>;
  /** Calls `listener` after anything has happened to a client, until the function that it returns is called. */
  listen(listener: () => void): () => void;
}

/** Resolves when a quorum of clients has what it is to have, or when the time is over. */
export async function awaitAcks(source: AckSource, options: AckedOptions): Promise<Acked> {
  const { quorum = 1, timeoutMs = 30_000 } = options;
  if (!(quorum > 0 && quorum <= 1)) throw new RangeError(`quorum is ${quorum}: it must be above 0 and up to 1`);
  const first = count(source.clients(), quorum);
  if (first.ok) return first;

  const { promise, resolve } = Promise.withResolvers<Acked>();
  let recount: NodeJS.Immediate | undefined;
  // Many ACKs arrive together: they are counted together.
  const unlisten = source.listen(() => {
    recount ??= setImmediate(() => {
      recount = undefined;
      const acked = count(source.clients(), quorum);
      if (acked.ok || (acked.waiting.length === 0 && acked.refused.length > 0)) resolve(acked);
    });
  });
  const timer = setTimeout(() => resolve(count(source.clients(), quorum)), timeoutMs);
  const acked = await promise;
  unlisten();
  clearTimeout(timer);
  clearImmediate(recount);
  return acked;
}

function count(clients: Iterable<Client>, quorum: number): Acked {
  const ids: Record<Client["progress"], number[]> = { accepted: [], refused: [], waiting: [] };
  for (const client of clients) ids[client.progress].push(client.id);
  const { accepted, refused, waiting } = ids;
  const total = accepted.length + refused.length + waiting.length;
  return { ok: accepted.length >= total * quorum, acked: accepted, refused, waiting };
}
