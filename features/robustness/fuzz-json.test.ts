import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cutSnapshot,
  parseInSteps,
  parseSnapshot,
  resourceReaders,
  type Snapshot,
  snapshotToJson,
} from "@chancery/xds";
import { memoryInUse } from "./harness/memory.ts";
import { mutateJson } from "./harness/mutate-json.ts";
import { Random } from "./harness/random.ts";
import { report } from "./harness/report.ts";
import { scaled } from "./harness/scale.ts";
import { snapshotDocument } from "./harness/snapshot-document.ts";
import { Stopwatch } from "./harness/stopwatch.ts";

const inputs = scaled(5_000, 200_000);

test(`${inputs.toLocaleString("en")} mutated snapshots are read or have problems, quickly`, async (t) => {
  const random = new Random(7);
  const document = snapshotDocument("one");
  const stopwatch = new Stopwatch();
  const outcomes = { read: 0, problems: 0 };
  let previous: Snapshot | undefined;
  const run = (count: number) => {
    for (let left = count; left > 0; left--) {
      const input = mutateJson(random, document);
      stopwatch.time(
        () => {
          const snapshot = read(input, previous);
          previous = snapshot ?? previous;
          outcomes[snapshot === undefined ? "problems" : "read"]++;
        },
        () => JSON.stringify(input).slice(0, 100_000),
      );
    }
  };
  run(inputs / 10);
  const before = await memoryInUse();
  run(inputs);
  const after = await memoryInUse();
  const grownMb = after.heapMb + after.externalMb - before.heapMb - before.externalMb;
  report(t, { ...outcomes, "slowest ms": stopwatch.worstMs, "grown MB": grownMb });
  assert.ok(outcomes.read > inputs / 100 && outcomes.problems > inputs / 10);
  assert.ok(grownMb < 10, `${grownMb} MB more than before`);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

test("a mutated snapshot means the same as text, read in one pass, and has the same problems", () => {
  const random = new Random(8);
  const document = snapshotDocument("one");
  const outcomes = { read: 0, problems: 0 };
  for (let left = inputs / 5; left > 0; left--) {
    const input = mutateJson(random, document);
    const text = JSON.stringify(input, undefined, random.pick([undefined, 1]));
    const [parsed, ofText] = [parseSnapshot(input), readText(text)];
    assert.deepEqual(ofText.problems, parsed.problems, text);
    outcomes[parsed.ok ? "read" : "problems"]++;
    if (parsed.ok && ofText.ok) assert.deepEqual(resourcesOf(ofText.snapshot), resourcesOf(parsed.snapshot), text);
  }
  assert.ok(outcomes.read > inputs / 100 && outcomes.problems > inputs / 50);
});

function readText(text: string) {
  const bytes = Buffer.from(text);
  return runToEnd(parseInSteps(runToEnd(cutSnapshot(bytes, resourceReaders(bytes)))));
}

function resourcesOf(snapshot: Snapshot) {
  return [...snapshot.sets].map(({ resources, ...others }) => ({ ...others, names: [...resources.keys()] }));
}

/** What was read can be written again; what was not says why and where. */
function read(input: unknown, previous: Snapshot | undefined): Snapshot | undefined {
  try {
    const parsed = parseSnapshot(input, { previous });
    if (parsed.ok) {
      snapshotToJson(parsed.snapshot);
      return parsed.snapshot;
    }
    assert.ok(parsed.problems.length > 0);
    for (const { message, path } of parsed.problems) assert.ok(message !== "" && typeof path === "string");
    return undefined;
  } catch (error) {
    throw new Error(`thrown at: ${JSON.stringify(input).slice(0, 100_000)}`, { cause: error });
  }
}

const hostile: Readonly<Record<string, () => string>> = {
  "100,000 lists within lists": () => `{"resources": {"clusters": ${nest("[", "]", 100_000)}}}`,
  "100,000 objects within objects": () => `{"resources": {"clusters": [${nest('{"name":', "}", 100_000)}]}}`,
  "a Struct that is 100,000 deep": () => inStruct(nest('{"a":', "}", 100_000)),
  "a list in a Struct that is 100,000 deep": () => inStruct(`{"a": ${nest("[", "]", 100_000)}}`),
  "an Any within an Any, 10,000 times": () =>
    inOptions(nest('{"@type": "type.googleapis.com/google.protobuf.Any", "value":', "}", 10_000)),
  "a number of a million digits": () => inStruct(`{"a": ${"9".repeat(1_000_000)}}`),
  "100,000 unknown fields": () => `{"resources": {"clusters": [{${unknownFields(100_000)}}]}}`,
  "20,000 unknown types": () => `{"resources": {${unknownFields(20_000)}}}`,
  "a field name of a million letters": () => `{"resources": {"clusters": [{"${"n".repeat(1_000_000)}": 1}]}}`,
  "a duration of a million digits": () => inCluster(`"connectTimeout": "${"1".repeat(1_000_000)}s"`),
  "base64 of a million bad letters": () => inSecret(`"${"!".repeat(1_000_000)}"`),
  "a type URL of a million letters": () => inOptions(`{"@type": "type.googleapis.com/${"a".repeat(1_000_000)}"}`),
  "half a surrogate pair as the version": () => '{"version": "\\ud800", "resources": {}}',
  "half a surrogate pair in a name": () => '{"resources": {"clusters": [{"name": "\\ud800", "resource": {}}]}}',
  "half a surrogate pair in an alias": () =>
    '{"resources": {"clusters": [{"name": "a", "aliases": ["\\ud800"], "resource": {}}]}}',
  "half a surrogate pair in a type URL": () => '{"resources": {"\\ud800/a": [{"name": "a", "resource": {}}]}}',
  "half a surrogate pair in an Any's type URL": () =>
    inOptions('{"@type": "\\ud800/google.protobuf.Empty", "value": {}}'),
  "an object that cannot be shown as the version": () => '{"version": {"toString": 1}, "resources": {}}',
  "an object that cannot be shown as a time to live": () =>
    '{"resources": {"clusters": [{"name": "a", "ttl": {"toString": 1}, "resource": {}}]}}',
  "an enum of a million letters": () => inCluster(`"lbPolicy": "${"A".repeat(1_000_000)}"`),
};

for (const [name, write] of Object.entries(hostile)) {
  test(`${name}: a problem or a snapshot, in time`, (t) => {
    const text = write();
    const document: unknown = JSON.parse(text);
    const stopwatch = new Stopwatch();
    stopwatch.time(
      () => parseSnapshot(document),
      () => name,
    );
    assert.deepEqual(readText(text).problems, parseSnapshot(document).problems);
    report(t, { ms: stopwatch.worstMs });
  });
}

function runToEnd<T>(steps: Generator<undefined, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function nest(open: string, close: string, depth: number): string {
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}

function inCluster(field: string): string {
  return `{"resources": {"clusters": [{"name": "a", ${field}}]}}`;
}

function inStruct(struct: string): string {
  return inCluster(`"metadata": {"filterMetadata": {"x": ${struct}}}`);
}

function inOptions(any: string): string {
  return inCluster(`"typedExtensionProtocolOptions": {"x": ${any}}`);
}

function inSecret(bytes: string): string {
  return `{"resources": {"secrets": [{"name": "a", "genericSecret": {"secret": {"inlineBytes": ${bytes}}}}]}}`;
}

function unknownFields(count: number): string {
  return Array.from({ length: count }, (_, index) => `"clustrs${index}": []`).join(",");
}
