import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeToJson } from "@chancery/envoy-api";
import { toResource } from "../resource/resource.ts";
import { clusters } from "../resource/type.ts";
import { toSnapshot } from "../snapshot/snapshot.ts";
import { entryIn } from "./entry.ts";
import { deltaFrame, encodeControlPlane, type Frame, sotwFullFrame, sotwUpdateFrame } from "./frame.ts";
import { noNames } from "./names.ts";
import { nothingWithheld } from "./subscription.ts";

test("who answers is one object for all streams of a server, and another for another server", () => {
  const bytes = encodeControlPlane("a", "sotw");
  assert.equal(encodeControlPlane("a", "sotw"), bytes);
  for (const [form, message] of [
    ["sotw", "envoy.service.discovery.v3.DiscoveryResponse"],
    ["delta", "envoy.service.discovery.v3.DeltaDiscoveryResponse"],
  ] as const) {
    for (const identifier of ["a", "b"]) {
      const response = decodeToJson(message, encodeControlPlane(identifier, form));
      assert.deepEqual(response, { control_plane: { identifier } });
    }
  }
});

test("no version of a resource is worked out for a SotW response, and for a delta response it is", () => {
  const resource = toResource({ ...clusters, name: "unversioned", body: new Uint8Array(100) });
  const set = toSnapshot([resource]).set(clusters.typeUrl);
  const update = { resources: [resource], removed: [], missing: [] };
  const { any, anyStart } = resource;
  const head = Buffer.from(any.buffer, any.byteOffset - anyStart, anyStart);
  assert.ok(bytesOf(sotwUpdateFrame(set, update, { form: "sotw", isShared: true })).includes(any));
  assert.ok(head.includes("0".repeat(16)));
  const delta = bytesOf(deltaFrame(set, update, { withdrawn: nothingWithheld, isShared: true }));
  assert.ok(!head.includes("0".repeat(16)));
  assert.ok(delta.includes(resource.version) && delta.includes(resource.entry));
});

test("entries stand one after the other, in order, whether they are copied together or are large", () => {
  const sizes = [10, 20, 20_000, 30, 40, 16_000, 50_000, 50];
  const resources = sizes.map((size, index) =>
    toResource({
      ...clusters,
      name: `c${index}`,
      body: Buffer.alloc(size, index),
      ...(index === 3 && { ttlMs: 1000 }),
    }),
  );
  const set = toSnapshot(resources).set(clusters.typeUrl);
  const update = { resources, removed: [], missing: [] };
  const sotw = sotwUpdateFrame(set, update, { form: "sotw", isShared: true });
  assert.ok(bytesOf(sotw).includes(Buffer.concat(resources.map(({ any }) => any))));
  const delta = deltaFrame(set, update, { withdrawn: nothingWithheld, isShared: true });
  assert.ok(bytesOf(delta).includes(Buffer.concat(resources.map(({ entry }) => entry))));
  const wrapped = sotwUpdateFrame(set, update, { form: "wrapped", isShared: true });
  assert.ok(bytesOf(wrapped).includes(Buffer.concat(resources.map((resource) => entryIn(resource, "wrapped")))));
  for (const frame of [sotw, delta, wrapped]) assert.equal(frame.length, bytesOf(frame).length);
});

test("what many clients are told is one object, what a single one is told is made for it, with the same bytes", () => {
  const resources = Array.from({ length: 300 }, (_, n) =>
    toResource({ ...clusters, name: `told-${n}`, body: Buffer.alloc(100, n) }),
  );
  const set = toSnapshot(resources).set(clusters.typeUrl);
  const update = { resources: set.resources.values, removed: [], missing: [] };
  const interest = { wildcard: true, names: noNames };
  const withheld = nothingWithheld;
  for (const make of [
    (isShared: boolean) => sotwUpdateFrame(set, update, { form: "sotw", isShared }),
    (isShared: boolean) => sotwFullFrame(set, interest, { form: "wrapped", withheld, isShared }),
    (isShared: boolean) => deltaFrame(set, update, { withdrawn: nothingWithheld, isShared }),
  ]) {
    const shared = make(true);
    assert.equal(make(true), shared);
    assert.notEqual(make(false), shared);
    assert.deepEqual(bytesOf(make(false)), bytesOf(shared));
  }
});

function bytesOf({ chunks }: Frame): Buffer {
  return Buffer.concat(chunks);
}
