import { z } from "zod";
import { type Kind, kinds } from "./kinds.ts";
import { name } from "./values.ts";

/** A JSON Schema, as far as this project looks into it. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly maxItems?: number;
  readonly additionalProperties?: JsonSchema | boolean;
}

/** The schema of a document: editors complete and check YAML and JSON with it. https://json-schema.org/draft/2020-12 */
export function toJsonSchema(): object {
  const document = z.strictObject(
    Object.fromEntries(kinds.map(({ key, schema, what }) => [key, z.record(name, schema).optional().describe(what)])),
  );
  const schema = z.toJSONSchema(document, { io: "input", reused: "ref" });
  const extras = { "^x-": { description: "For anchors: what is said once, and used in several places" } };
  const description = "A model of Chancery, an Envoy control plane";
  return { ...schema, patternProperties: extras, title: "Chancery", description };
}

/** The schema of the objects of a kind, with everything in its place. */
export function kindSchema({ schema }: Kind): JsonSchema {
  return z.toJSONSchema(schema, { io: "input" }) as JsonSchema; // what zod writes is a JSON Schema
}
