import type { Random } from "./random.ts";

/** One to three changes to a copy of a JSON document: values of other kinds, fields moved, keys misspelled, depth. */
export function mutateJson(random: Random, document: unknown): unknown {
  const root = { value: structuredClone(document) };
  for (let left = 1 + random.below(3); left > 0; left--) mutateOnce(root, random);
  return JSON.parse(JSON.stringify(root.value) ?? "null");
}

type Container = Record<string, unknown> | unknown[];

function mutateOnce(root: { value: unknown }, random: Random): void {
  let container: Container = root;
  let key = "value";
  // Down to somewhere: most of a document is deep in it.
  while (!random.chance(8)) {
    const child: unknown = Reflect.get(container, key);
    if (!isContainer(child)) break;
    const next = random.pick(Object.keys(child));
    if (next === undefined) break;
    container = child;
    key = next;
  }
  const value: unknown = Reflect.get(container, key);
  const kind = random.below(5);
  if (kind === 0 && Array.isArray(container)) container.splice(Number(key), 1);
  else if (kind === 0) Reflect.deleteProperty(container, key);
  else if (kind === 1) define(container, oddKey(key, random), value);
  else if (kind === 2) define(container, key, wrapped(value, random));
  else define(container, key, oddValue(value, random));
}

/** As JSON.parse does it: `__proto__` becomes a property like any other. */
function define(container: Container, key: string, value: unknown): void {
  if (Array.isArray(container)) container[Number(key) || 0] = value;
  else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

function oddKey(key: string, random: Random): string {
  const odd = ["__proto__", "constructor", "toString", "hasOwnProperty", "", "@type", "value", "\ud800", "resource"];
  return random.chance(2) ? (random.pick(odd) ?? "") : key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function wrapped(value: unknown, random: Random): unknown {
  const times = random.pick([1, 2, 50, 101, 1000]);
  let whole = value;
  for (let time = 0; time < times; time++) whole = random.chance(2) ? [whole] : { value: whole, fields: {} };
  return whole;
}

function oddValue(value: unknown, random: Random): unknown {
  if (typeof value === "string" && random.chance(2)) return oddText(value, random);
  return structuredClone(random.pick(oddValues)); // later mutations change it
}

function oddText(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  const insert = random.pick(["\0", "\ud800", "\udfff", "💥", "é", "\n", "-", "9".repeat(40), "a".repeat(10_000)]);
  return text.slice(0, at) + insert + text.slice(at + random.below(3));
}

const oddValues: readonly unknown[] = [
  ...[null, true, false, "", "true", "null", "*", [], {}, [null], [[]], { "": null }],
  ...[0, -0, -1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), 2 ** 64, 1e-320, 1e21],
  ...["NaN", "Infinity", "-Infinity", "1e400", "0x10", " 1", "9223372036854775808", "-0", "1e5"],
  ...["315576000001s", "-1.5s", "1s ", "s", "1.0000000001s", "9999-12-31T23:59:59Z", "0000-00-00T00:00:00Z"],
  ...["//8=", "a", "====", "-_8", "type.googleapis.com/", "type.googleapis.com/google.protobuf.Any"],
  { "@type": "type.googleapis.com/google.protobuf.Any", value: { "@type": 1 } },
  { "@type": "type.googleapis.com/google.protobuf.Struct", value: { a: [{}] } },
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
];
