import type { NodeStream } from "@chancery/xds/services";
import type { FleetNode } from "./fleet-node.ts";

type Sender = Pick<NodeStream, "peer">;

/** So often they have to take turns: an Envoy that comes back has an old stream for a while, which sends nothing more. */
const turnsToTell = 4;

/** Finds Envoys that send in turns under one name, so that their counters are mixed. */
export class Twins {
  readonly #onTwins: (node: FleetNode, senders: readonly [Sender, Sender]) => void;
  readonly #nodes = new Map<FleetNode, { last: Sender; turns: number }>();

  /** @param onTwins Called once for each pair that is found. */
  constructor(onTwins: (node: FleetNode, senders: readonly [Sender, Sender]) => void) {
    this.#onTwins = onTwins;
  }

  /** Nodes that are several Envoys now. */
  get count(): number {
    return this.#nodes.values().reduce((sum, { turns }) => (turns >= turnsToTell ? sum + 1 : sum), 0);
  }

  /** A node has sent something by a stream. */
  note(node: FleetNode, sender: Sender): void {
    const known = this.#nodes.get(node);
    if (known === undefined) this.#nodes.set(node, { last: sender, turns: 0 });
    else if (!isSameConnection(known.last, sender)) {
      if (++known.turns === turnsToTell) this.#onTwins(node, [known.last, sender]);
      known.last = sender;
    }
  }

  /** A stream of a node has ended: those that are left are looked at anew. */
  end(node: FleetNode): void {
    this.#nodes.delete(node);
  }
}

/** One Envoy may have several streams, such as one for each of its sinks. */
function isSameConnection({ peer: a }: Sender, { peer: b }: Sender): boolean {
  return a.address === b.address && a.port === b.port;
}
