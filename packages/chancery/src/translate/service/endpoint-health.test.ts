import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDocuments } from "../../documents/parse.ts";
import { emptyModelState, toModel } from "../../model/parse.ts";
import type { Draft } from "../draft.ts";
import { markUnhealthy } from "./endpoint-health.ts";
import { toServiceDrafts } from "./service.ts";

test("endpoints are marked by their addresses, of whatever kind, but not those that are said to be out", () => {
  const draft = endpointsOf(
    "[10.0.0.1:80, '[::1]:80', 'unix:/run/a', { address: 10.0.0.2:80, health: draining }, 10.0.0.3:80]",
  );
  const marked = markUnhealthy(draft, new Set(["10.0.0.1:80", "[::1]:80", "/run/a", "10.0.0.2:80", "10.0.0.9:80"]));
  assert.deepEqual(statuses(marked), ["UNHEALTHY", "UNHEALTHY", "UNHEALTHY", "DRAINING", undefined]);
  assert.deepEqual(statuses(draft), [undefined, undefined, undefined, "DRAINING", undefined]);
});

test("the same endpoints are the same draft, which is not encoded again", () => {
  const draft = endpointsOf("[10.0.0.1:80]");
  const unhealthy = new Set(["10.0.0.1:80"]);
  assert.equal(markUnhealthy(draft, unhealthy), markUnhealthy(draft, unhealthy));
});

function endpointsOf(endpoints: string): Draft {
  const text = `services: { shop: { endpoints: ${endpoints} } }`;
  const parsed = parseDocuments(text, { origin: "test.yaml", format: "yaml" });
  assert(parsed.ok);
  const item = toModel(parsed.documents, emptyModelState).model.services.get("shop");
  const draft = item && toServiceDrafts(item).find(({ type }) => type === "endpoints");
  assert(draft);
  return draft;
}

function statuses({ json }: Draft): unknown[] {
  const { endpoints } = json as { endpoints: { lbEndpoints: { healthStatus?: string }[] }[] };
  return endpoints.flatMap(({ lbEndpoints }) => lbEndpoints.map(({ healthStatus }) => healthStatus));
}
