/**
 * The code that HPACK packs strings with, read four bits at a time.
 *
 * https://www.rfc-editor.org/rfc/rfc7541#appendix-B
 */

/** How many bits the code of each byte has, and last that of the end. The codes of one length follow each other. */
const LENGTHS = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
  28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6,
  5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23,
  22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22,
  23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26,
  20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27,
  27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27,
  27, 27, 27, 26, 30,
];
const END = 256;

/** A step is `node << 10 | EMITS | symbol`, or {@link WRONG}; the node is where the next four bits go on. */
const EMITS = 0x200;
const WRONG = -1;

const { steps, mayEnd } = makeSteps();

/** Unpacks `bytes` into `target` and returns how many there are, or -1 if they are not packed with this code. */
export function unpackHuffman(bytes: Uint8Array, target: Uint8Array): number {
  let node = 0;
  let length = 0;
  for (let at = 0; at < 2 * bytes.length; at++) {
    const byte = bytes[at >>> 1] as number; // within bounds
    const step = steps[16 * node + (at % 2 === 0 ? byte >>> 4 : byte & 15)] ?? WRONG;
    if (step === WRONG) return -1;
    if ((step & EMITS) !== 0) target[length++] = step & 0xff;
    node = step >>> 10;
  }
  return mayEnd[node] === 1 ? length : -1;
}

/** No symbol has fewer bits, so that this many bytes are room enough for what `bytes` packed ones hold. */
export function unpackedBytes(bytes: number): number {
  return Math.floor((8 * bytes) / 5);
}

function makeSteps(): { readonly steps: Int32Array; readonly mayEnd: Uint8Array } {
  const children = makeTree();
  const steps = new Int32Array(16 * children.length).fill(WRONG);
  for (const start of children.keys()) {
    for (let bits = 0; bits < 16; bits++) steps[16 * start + bits] = walk(children, start, bits);
  }
  // What fills the last byte is the beginning of the code of the end, which is all ones, and less than a byte.
  const mayEnd = new Uint8Array(children.length);
  for (let node = 0, depth = 0; depth < 8; depth++, node = children[node]?.[1] ?? 0) mayEnd[node] = 1;
  return { steps, mayEnd };
}

/** Four bits on from `start`: at most one symbol ends within them. */
function walk(children: readonly (readonly number[])[], start: number, bits: number): number {
  let node = start;
  let emitted = 0;
  for (let shift = 3; shift >= 0; shift--) {
    const next = children[node]?.[(bits >>> shift) & 1] ?? 0;
    if (next >= 0) {
      node = next;
      continue;
    }
    if (-next - 1 === END) return WRONG;
    emitted = EMITS | (-next - 1);
    node = 0;
  }
  return (node << 10) | emitted;
}

/** The nodes of the tree of codes, each with its two children: a node, or `-1 - symbol`. The root is 0. */
function makeTree(): number[][] {
  const bySize = [...LENGTHS.keys()].sort((a, b) => (LENGTHS[a] ?? 0) - (LENGTHS[b] ?? 0) || a - b);
  const children: number[][] = [[0, 0]];
  let code = 0;
  let size = 0;
  for (const symbol of bySize) {
    const length = LENGTHS[symbol] ?? 0;
    code *= 2 ** (length - size);
    size = length;
    let node = children[0] ?? [];
    for (let bit = length - 1; bit > 0; bit--) node = childOf(children, node, (code >>> bit) & 1);
    node[code & 1] = -1 - symbol;
    code++;
  }
  return children;
}

function childOf(children: number[][], node: number[], bit: number): number[] {
  const known = node[bit] ?? 0;
  if (known > 0) return children[known] ?? [];
  const child = [0, 0];
  node[bit] = children.push(child) - 1;
  return child;
}
