/**
 * Chooses `count` of some nodes for a key: always the same ones, each node for its share of the keys, and when a node
 * comes or goes only what is its own moves (rendezvous hashing).
 */
export function chooseNodes(key: string, nodes: readonly HashedNode[], count: number): readonly string[] {
  const hash = hashOf(key);
  const best: Scored[] = [];
  for (const { id, hash: ofNode } of nodes) {
    const score = mix(hash ^ ofNode);
    let at = best.length;
    while (at > 0 && precedes(id, score, best[at - 1])) at--;
    if (at >= count) continue;
    best.splice(at, 0, { id, score });
    if (best.length > count) best.pop();
  }
  return best.map(({ id }) => id);
}

interface Scored {
  readonly id: string;
  readonly score: number;
}

export interface HashedNode {
  readonly id: string;
  readonly hash: number;
}

export function toHashedNode(id: string): HashedNode {
  return { id, hash: mix(hashOf(id)) };
}

function precedes(id: string, score: number, other: Scored | undefined): boolean {
  return other !== undefined && (score > other.score || (score === other.score && id < other.id));
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Spreads the bits, so that texts that differ by one sign are far from each other: the end of MurmurHash3. */
function mix(bits: number): number {
  let hash = bits;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
