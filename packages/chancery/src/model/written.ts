import type { z } from "zod";
import { isRecord } from "../is-record.ts";
import { ownValue } from "../own-value.ts";
import { toDurationText, toMs } from "./duration.ts";

/** A value in the canonical form of a schema, with durations as a person writes them (`5s`) rather than in milliseconds. */
export function withDurations(schema: z.core.$ZodType, value: unknown): unknown {
  // What a schema is made of is in its definition, which has one of the types that zod knows.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "default":
      return withDurations(def.innerType, value);
    case "pipe":
      return isDuration(schema) && typeof value === "number" ? toDurationText(value) : withDurations(def.in, value);
    case "union": {
      if (typeof value === "number" && def.options.some(isDuration)) return value === 0 ? "off" : toDurationText(value);
      const member = def.options.find((option) => hasShapeOf(option, value));
      return member === undefined ? value : withDurations(member, value);
    }
    case "object":
      return mapValues(value, (key, part) => {
        const field = ownValue(def.shape, key);
        return field === undefined ? part : withDurations(field, part);
      });
    case "record":
      return mapValues(value, (_, part) => withDurations(def.valueType, part));
    case "array":
      return Array.isArray(value) ? value.map((item) => withDurations(def.element, item)) : value;
    default:
      return value;
  }
}

function isDuration(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "union") return def.options.some(isDuration);
  if (def.type !== "pipe") return false;
  const out = (def.out as z.core.$ZodTypes)._zod.def;
  return out.type === "transform" && out.transform === toMs;
}

/** Whether a value may be of a member of a union: a list, or an object with such keys. */
function hasShapeOf(schema: z.core.$ZodType, value: unknown): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "pipe") return hasShapeOf(def.in, value);
  if (def.type === "union") return def.options.some((option) => hasShapeOf(option, value));
  if (def.type === "array") return Array.isArray(value);
  return def.type === "object" && isRecord(value) && Object.keys(value).every((key) => Object.hasOwn(def.shape, key));
}

function mapValues(value: unknown, change: (key: string, part: unknown) => unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, change(key, part)]));
}
