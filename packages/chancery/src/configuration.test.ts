import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Snapshots } from "@chancery/xds";
import { Configuration } from "./configuration.ts";
import { parseDocuments } from "./documents/parse.ts";
import { createLogger } from "./logs.ts";
import type { SourceState } from "./sources/source.ts";

test("what follows from a state is handed out when that has settled, and not if it does not", async () => {
  const { configuration, versions } = started();
  await configuration.apply(stateOf("1"));
  const isSettled = Promise.withResolvers<boolean>();
  const applied = configuration.apply({ ...stateOf("2"), isSettled: isSettled.promise });
  assert.equal(versions.at(-1), "1");
  isSettled.resolve(true);
  await applied;
  assert.equal(versions.at(-1), "2");
  await configuration.apply({ ...stateOf("3"), isSettled: Promise.resolve(false) });
  await configuration.apply(stateOf("4"));
  assert.deepEqual(versions, ["1", "2", "4"]);
});

test("many new services are not handed out early from a state that does not settle", async () => {
  const { configuration, snapshots } = started();
  const names = Array.from({ length: 200 }, (_, i) => `s${i}`);
  const modelOf = (services: readonly string[]) =>
    `fleets: { edge: { match: "*", services: [${services.join(", ")}] } }\nservices:\n` +
    services.map((name) => `  ${name}: { endpoints: 10.0.0.1:80 }\n`).join("");
  await configuration.apply(stateOf("1", modelOf(["s0"])));
  let count = 0;
  snapshots.watch("fleet/edge", () => count++);
  await configuration.apply({ ...stateOf("1", modelOf(names)), isSettled: Promise.resolve(false) });
  assert.equal(count, 0);
  await configuration.apply(stateOf("1", modelOf(names)));
  assert.notEqual(count, 0);
});

/** What is handed out to node `a`, from one version to the next. */
function started() {
  const snapshots = new Snapshots();
  const log = createLogger(new PassThrough().resume());
  const configuration = new Configuration({ snapshots, log });
  const versions: (string | undefined)[] = [];
  const node = "a";
  snapshots.watch(node, () => versions.push(snapshots.get(node)?.set(clusterType).version));
  return { configuration, snapshots, versions };
}

const clusterType = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

function stateOf(version: string, model = ""): SourceState {
  const raw = `node: a\nversion: "${version}"\nresources: { clusters: [{ name: "c${version}" }] }\n`;
  const documents = [raw, model].flatMap((text, index) => {
    if (text === "") return [];
    const parsed = parseDocuments(text, { origin: `${index}.yaml`, format: "yaml", blocks: undefined });
    assert(parsed.ok);
    return parsed.documents;
  });
  return { documents, problems: [] };
}
