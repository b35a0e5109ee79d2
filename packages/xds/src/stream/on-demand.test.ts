import assert from "node:assert/strict";
import { test } from "node:test";
import { toResource } from "../resource/resource.ts";
import { virtualHosts } from "../resource/type.ts";
import { toSnapshot } from "../snapshot/snapshot.ts";
import { runTranscript } from "../testing/transcript.ts";
import { ClientStream } from "./client-stream.ts";
import { emptyList, toNames } from "./names.ts";

test("delta: a first VHDS request without names is told that some host of each route table does not exist", async () => {
  await runTranscript(
    "delta",
    `
    snapshot routes: r=1
    > RDS +r
    < RDS 1 r=1
    > VHDS
    < VHDS 2 -r/
    > VHDS ack 2
    < nothing
    `,
  );
});

test("delta: a name that is looked for is answered when it was found, or was not", () => {
  const stream = new ClientStream({ variant: "delta", only: virtualHosts, resolves: (type) => type === virtualHosts });
  const names = toNames(["r/a", "r/b"]);
  const list = { ...emptyList, names, explicit: names };
  const request = {
    typeUrl: "",
    node: undefined,
    nonce: "",
    version: "",
    error: undefined,
    usesLocators: false,
  } as const;
  stream.receive({ ...request, subscribe: list, unsubscribe: emptyList, initialVersions: new Uint8Array() });
  stream.observe(toSnapshot([]));
  assert.deepEqual(stream.unresolved(virtualHosts), ["r/a", "r/b"]);
  assert.deepEqual(stream.unresolved(virtualHosts), []);
  assert.equal(stream.next(), undefined);
  stream.observe(toSnapshot([toResource({ typeUrl: virtualHosts.typeUrl, name: "r/a", body: Buffer.from("") })]));
  stream.resolved(virtualHosts, ["r/a", "r/b"]);
  const response = stream.next();
  assert.ok(response);
  const text = Buffer.concat([...response.frame.chunks]).toString("latin1");
  assert.ok(text.includes("r/a") && text.includes("r/b"));
});
