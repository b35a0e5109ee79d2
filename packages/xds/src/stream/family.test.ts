import assert from "node:assert/strict";
import { test } from "node:test";
import { toResource } from "../resource/resource.ts";
import { clusters, endpoints, type ResourceType, routes } from "../resource/type.ts";
import { toSnapshot } from "../snapshot/snapshot.ts";
import { ClientStream } from "./client-stream.ts";
import { SplitFamily } from "./family.ts";
import { emptyList, toNames } from "./names.ts";

const blank = { typeUrl: "", node: undefined, nonce: "", version: "", error: undefined, usesLocators: false } as const;

test("on streams of their own, routes wait for the endpoints of the clusters too, which Envoy does not wait for", () => {
  const family = new SplitFamily();
  const woken: string[] = [];
  const resourceOf = ({ typeUrl }: ResourceType, name: string) =>
    toResource({ typeUrl, name, body: Buffer.from([0x0a, name.length, ...Buffer.from(name)]) });
  const snapshot = toSnapshot([resourceOf(clusters, "a"), resourceOf(endpoints, "a"), resourceOf(routes, "r")]);
  const open = (only: ResourceType) => {
    const stream = new ClientStream({ variant: "delta", only, family, wake: () => woken.push(only.key) });
    stream.observe(snapshot);
    return stream;
  };
  const say = (stream: ClientStream, names: string[], nonce = "") => {
    const list = { ...emptyList, names: toNames(names), explicit: toNames(names) };
    const rest = { unsubscribe: emptyList, initialVersions: new Uint8Array() };
    stream.receive({ ...blank, nonce, subscribe: list, ...rest });
    return stream.next()?.nonce;
  };
  const [cds, rds, eds] = [open(clusters), open(routes), open(endpoints)];
  assert.equal(say(cds, []), "1");
  assert.equal(say(rds, ["r"]), undefined);
  say(cds, [], "1");
  assert.equal(rds.next(), undefined, "the cluster is ACKed, its endpoints are not");
  assert.equal(say(eds, ["a"]), "1");
  assert.equal(rds.next(), undefined);
  woken.length = 0;
  say(eds, [], "1");
  assert.ok(woken.includes("routes"));
  assert.equal(rds.next()?.nonce, "1");
});
