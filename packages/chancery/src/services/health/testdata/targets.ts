import assert from "node:assert/strict";
import { parseDocuments } from "../../../documents/parse.ts";
import { emptyModelState, toModel } from "../../../model/parse.ts";
import { type Target, toTargets } from "../target.ts";

/** What there is to check in a model of one service, `shop`, that is written as YAML. */
export function targetsOf(service: string): readonly Target[] {
  const parsed = parseDocuments(`services: { shop: ${service} }`, { origin: "test.yaml", format: "yaml" });
  assert(parsed.ok);
  const { model } = toModel(parsed.documents, emptyModelState);
  assert.deepEqual(model.problems, []);
  return toTargets(model.services);
}

/** `10.0.0.1:80` and so on, as a list in YAML. */
export function addresses(count: number): string {
  return `[${Array.from({ length: count }, (_, i) => `10.0.0.${i + 1}:80`).join(", ")}]`;
}
