import { SplitFamily } from "../stream/family.ts";
import type { Client } from "./client.ts";

/** Knows which streams are of one client that has a stream for each type: they share node and connection. */
export class Families {
  readonly #families = new Map<string, { readonly family: SplitFamily; streams: number }>();

  join(client: Client): SplitFamily {
    const key = keyOf(client);
    const entry = this.#families.get(key) ?? { family: new SplitFamily(), streams: 0 };
    entry.streams++;
    this.#families.set(key, entry);
    return entry.family;
  }

  leave(client: Client): void {
    const entry = this.#families.get(keyOf(client));
    if (entry !== undefined && --entry.streams === 0) this.#families.delete(keyOf(client));
  }
}

function keyOf({ node, peer }: Client): string {
  return `${peer.address} ${peer.port} ${node.id}`;
}
