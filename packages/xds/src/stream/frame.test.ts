import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeToJson } from "@chancery/envoy-api";
import { encodeControlPlane } from "./frame.ts";

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
