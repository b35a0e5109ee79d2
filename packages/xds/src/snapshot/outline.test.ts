import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clusters } from "../resource/type.ts";
import { cutSnapshot } from "./json-text.ts";
import { blocksOf, outlineOf } from "./outline.ts";
import { type ParsedSnapshot, parseInSteps, parseSnapshot } from "./parse.ts";
import { resourceReaders } from "./resource-reader.ts";
import type { Snapshot } from "./snapshot.ts";

function runToEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function read(text: string, previous: Snapshot | undefined): ParsedSnapshot {
  const bytes = Buffer.from(text);
  return runToEnd(parseInSteps(runToEnd(cutSnapshot(bytes, resourceReaders(bytes, { previous }))), { previous }));
}

function toText(items: readonly unknown[], separator = ","): string {
  return `{"resources": {"clusters": [${items.map((item) => JSON.stringify(item)).join(separator)}]}}`;
}

interface Item {
  readonly name: string;
  readonly alt_stat_name?: string;
}

const mapOf = (parsed: ParsedSnapshot) => {
  assert.ok(parsed.ok, JSON.stringify(parsed.problems));
  return parsed.snapshot.set(clusters.typeUrl).resources;
};

const named = (n: number): Item => ({ name: `cluster-${String(n).padStart(6, "0")}` });
const thousand: readonly Item[] = Array.from({ length: 1000 }, (_, n) => named(2 * n));

const edit = fc.oneof(
  fc.record({
    kind: fc.constant("change" as const),
    at: fc.nat(450),
    text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(450), n: fc.nat(999) }),
  fc.record({ kind: fc.constant("remove" as const), at: fc.nat(450), count: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant("move" as const), at: fc.nat(450), count: fc.integer({ min: 1, max: 200 }) }),
  fc.record({ kind: fc.constant("repeat" as const), at: fc.nat(450) }),
);

function apply(items: readonly Item[], change: typeof edit extends fc.Arbitrary<infer T> ? T : never): Item[] {
  const at = change.at % (items.length + 1);
  const item = items[at];
  switch (change.kind) {
    case "change":
      return item === undefined ? [...items] : items.with(at, { ...item, alt_stat_name: change.text });
    case "insert":
      return items.toSpliced(at, 0, named(2 * change.n + 1));
    case "remove":
      return items.toSpliced(at, change.count);
    case "move":
      return [...items.slice(0, at), ...items.slice(at + change.count), ...items.slice(at, at + change.count)];
    default:
      return item === undefined ? [...items] : items.toSpliced((at * 7) % items.length, 0, item);
  }
}

test("whatever is changed in a list, it means what it says, and is told what is wrong in it", async () => {
  const rounds = fc.array(
    fc.record({
      edits: fc.array(edit, { maxLength: 3 }),
      separator: fc.constantFrom(",", ",", ", ", " ,\n"),
      rests: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(rounds, async (rounds) => {
      let items = thousand.slice(0, 400);
      let previous: Snapshot | undefined;
      for (const { edits, separator, rests } of [{ edits: [], separator: ",", rests: false }, ...rounds]) {
        if (rests) await textsAreGone(previous);
        const next = edits.reduce(apply, items);
        const parsed = read(toText(next, separator), previous);
        const expected = parseSnapshot({ resources: { clusters: next } });
        assert.deepEqual(parsed.problems, expected.problems);
        if (!parsed.ok) continue; // the one before it stays
        const [found, wanted] = [[...mapOf(parsed)], [...mapOf(expected)]];
        assert.ok(found.length === wanted.length && found.every((resource, i) => resource === wanted[i]));
        assert.deepEqual(parsed.snapshot.typeVersions(), expected.ok && expected.snapshot.typeVersions());
        items = next;
        previous = parsed.snapshot;
      }
    }),
    { numRuns: 40 },
  );
});

/** A list of which nothing was read before. */
const fresh = (prefix: string): readonly Item[] => thousand.map(({ name }) => ({ name: `${prefix}-${name}` }));

/** What was read is kept as text for some turns, and then as digests. */
async function textsAreGone(snapshot: Snapshot | undefined): Promise<void> {
  await new Promise(setImmediate);
  assert.ok(outlineOf(snapshot?.set(clusters.typeUrl).resources).every((block) => block.forgetText() === 0));
}

for (const [when, rest] of [
  ["at once", () => {}],
  ["later", textsAreGone],
] as const) {
  test(`a change in a long list shares what is known of all that stands before and behind it, ${when}`, async () => {
    const items = fresh(`changed-${when}`);
    const first = read(toText(items), undefined);
    const changed = items.map((item, n) => (n === 500 ? { ...item, alt_stat_name: "longer than it was" } : item));
    await rest(first.ok ? first.snapshot : undefined);
    const second = read(toText(changed), first.ok ? first.snapshot : undefined);
    const [before, after] = [first, second].map((parsed) => outlineOf(mapOf(parsed)));
    assert.ok(before !== undefined && after !== undefined && before.length > 10);
    assert.equal(after.filter((block) => !before.includes(block)).length, 1);
    assert.deepEqual(
      mapOf(second)
        .changesSince(mapOf(first))
        .set.map(([name]) => name),
      [items[500]?.name],
    );
    const same = read(toText(changed), second.ok ? second.snapshot : undefined);
    assert.equal(mapOf(same), mapOf(second));
  });
}

test("what is put in front of a long list has the rest of it found again", () => {
  const items = fresh("in-front");
  const first = read(toText(items), undefined);
  const second = read(toText([named(1), named(3), ...items]), first.ok ? first.snapshot : undefined);
  const [before, after] = [first, second].map((parsed) => outlineOf(mapOf(parsed)));
  assert.equal(after?.filter((block) => !before?.includes(block)).length, 1);
});

test("what another group has too is not read again, and what it has not is", () => {
  const shared = fresh("shared").slice(0, 45);
  const own = (name: string) => [
    ...shared,
    ...Array.from({ length: 5 }, (_, n) => ({ ...named(90 + 2 * n), alt_stat_name: name })),
  ];
  const [first, second] = ["first", "second"].map((name) => mapOf(read(toText(own(name)), undefined)));
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(outlineOf(second).filter((block) => outlineOf(first).includes(block)).length, 5);
  const expected = parseSnapshot({ resources: { clusters: own("second") } });
  assert.deepEqual([...second], [...mapOf(expected)]);
});

test("what comes again is found by its digest and then by its text, and a change in it is seen either way", async () => {
  const shared = fresh("in-many").slice(0, 48);
  const first = read(toText(shared), undefined);
  assert.ok(first.ok);
  await textsAreGone(first.snapshot);
  for (const changed of [false, true, false, false, true]) {
    const items = shared.map((item, n) =>
      n === 20 && changed ? { name: item.name.replace("in-many", "of-many") } : item,
    );
    const found = mapOf(read(toText(items), first.snapshot));
    assert.deepEqual([...found], [...mapOf(parseSnapshot({ resources: { clusters: items } }))]);
    assert.equal(outlineOf(found).filter((block) => outlineOf(mapOf(first)).includes(block)).length, changed ? 5 : 6);
    await textsAreGone(first.snapshot);
  }
});

test("a text that is full of what a block begins with is read in time", () => {
  const head = { name: "h" };
  const text = toText(Array.from({ length: 50_000 }, () => head));
  const timeMs = (previous: Snapshot | undefined) => {
    const start = process.cpuUsage();
    assert.equal(read(text, previous).ok, false);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  const alone = timeMs(undefined);
  const large = Array.from({ length: 60 }, (_, n) => ({ name: `l-${n}`, alt_stat_name: "x".repeat(200_000) }));
  const first = read(toText([head, ...large]), undefined);
  const after = timeMs(first.ok ? first.snapshot : undefined);
  assert.ok(after < 5 * alone + 500, `${after} ms of CPU instead of ${alone}`);
});

test("large resources are found again too", () => {
  const items = Array.from({ length: 40 }, (_, n) => ({ name: `large-${n}`, alt_stat_name: "x".repeat(30_000) }));
  const first = read(toText(items), undefined);
  const changed = items.map((item, n) => (n === 20 ? { ...item, alt_stat_name: "y" } : item));
  const second = read(toText(changed), first.ok ? first.snapshot : undefined);
  const [before, after] = [first, second].map((parsed) => outlineOf(mapOf(parsed)));
  assert.ok(before !== undefined && before.length > 10);
  assert.equal(after?.filter((block) => !before.includes(block)).length, 1);
});

test("of short lists, and of those with items that are left as text, nothing is kept", () => {
  assert.deepEqual(outlineOf(mapOf(read(toText(thousand.slice(0, 10)), undefined))), []);
  const wrapped = { name: "w", ttl: "30s", resource: { name: "w" } };
  assert.deepEqual(outlineOf(mapOf(read(toText([...thousand, wrapped]), undefined))), []);
  assert.equal(blocksOf([]), undefined);
});

test("a name that stands in two lists of a type is told", () => {
  const named = (name: string) => ({ name, resource: { name } });
  const { problems } = parseSnapshot({
    resources: { clusters: [{ name: "a" }], [clusters.typeUrl]: [named("b"), named("a")] },
  });
  assert.deepEqual(
    problems.map(({ path, message }) => `${path}: ${message}`),
    [`${clusters.typeUrl}[1]: is named "a", as one in another list is`],
  );
});
