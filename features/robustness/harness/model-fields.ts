import { safeParse, type z } from "zod";
import { isRecord } from "../../../packages/chancery/src/is-record.ts";
import type { Kind } from "../../../packages/chancery/src/model/kinds.ts";

/** A schema of which zod's definition may be looked at. */
export type Schema = z.core.$ZodTypes;

export function lookInto(schema: z.core.$ZodType): Schema {
  // All that zod makes are of these types.
  return schema as Schema;
}

export function isValid(schema: Schema, value: unknown): boolean {
  return safeParse(schema, value).success;
}

/**
 * All fields that objects of a kind can have, such as `routes.rules.*.to.weight`; without those that are fields of a part
 * by name as well.
 */
export function fieldsOf({ key, schema, parts }: Kind): readonly string[] {
  const all = new Set(placesIn(lookInto(schema), key));
  const isOfPart = (field: string) => all.has(`${key}.${parts?.key}.*${field.slice(key.length)}`);
  return [...all].filter((field) => !isOfPart(field));
}

function placesIn(schema: Schema, place: string): readonly string[] {
  const { def } = schema._zod;
  switch (def.type) {
    case "optional":
    case "default":
      return placesIn(lookInto(def.innerType), place);
    case "pipe":
      return placesIn(lookInto(def.in), place);
    case "union":
      return def.options.flatMap((option) => placesIn(lookInto(option), place));
    case "array":
      return placesIn(lookInto(def.element), place);
    case "record":
      return placesIn(lookInto(def.valueType), `${place}.*`);
    case "object":
      return Object.entries(def.shape).flatMap(([key, field]) => [
        `${place}.${key}`,
        ...placesIn(lookInto(field), `${place}.${key}`),
      ]);
    default:
      return [];
  }
}

/** The fields that an object has, if its schema takes it. */
export function fieldsIn({ key, schema }: Kind, content: unknown): readonly string[] {
  return schema.safeParse(content).success ? [...presentIn(lookInto(schema), content, key)] : [];
}

function* presentIn(schema: Schema, value: unknown, place: string): Generator<string> {
  const { def } = schema._zod;
  if (def.type === "optional" || def.type === "default") yield* presentIn(lookInto(def.innerType), value, place);
  else if (def.type === "pipe") yield* presentIn(lookInto(def.in), value, place);
  else if (def.type === "union") {
    for (const option of def.options)
      if (isValid(lookInto(option), value)) yield* presentIn(lookInto(option), value, place);
  } else if (def.type === "array" && Array.isArray(value))
    for (const item of value) yield* presentIn(lookInto(def.element), item, place);
  else if (def.type === "record" && isRecord(value)) {
    for (const part of Object.values(value)) yield* presentIn(lookInto(def.valueType), part, `${place}.*`);
  } else if (def.type === "object" && isRecord(value)) {
    for (const [key, part] of Object.entries(value)) {
      const field = def.shape[key];
      if (field === undefined) continue;
      yield `${place}.${key}`;
      yield* presentIn(lookInto(field), part, `${place}.${key}`);
    }
  }
}
