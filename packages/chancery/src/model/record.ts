import { z } from "zod";
import { isRecord } from "../is-record.ts";

/**
 * Values by names that a person chooses, as `z.record` has them, but with `__proto__` as a name like any other: zod leaves
 * out what stands under it, so that a route that asks for such a header would be for all requests.
 */
export function record<K extends z.core.$ZodRecordKey, V extends z.core.$ZodType>(
  keyType: K,
  valueType: V,
): z.ZodRecord<K, V> {
  const made: z.ZodType = new NamedRecord({ type: "record", keyType, valueType });
  // Keys and values are of the types that its definition has.
  return made as z.ZodRecord<K, V>;
}

/** Any JSON, as `z.json` has it. */
export function json(): z.ZodType<Json, Json> {
  const value: z.ZodType<Json, Json> = z.lazy(() =>
    z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(value), record(z.string(), value)]),
  );
  return value;
}

type Json = z.core.util.JSONType;

const name = "__proto__";

/** https://zod.dev/library-authors */
const NamedRecord = z.core.$constructor("NamedRecord", (schema: z.ZodRecord, definition: z.core.$ZodRecordDef) => {
  z.ZodRecord.init(schema, definition);
  const { parse } = schema._zod;
  schema._zod.parse = (payload, context) => {
    const input: unknown = payload.value;
    const parsed = parse(payload, context);
    if (!isRecord(input) || !Object.hasOwn(input, name) || parsed instanceof Promise) return parsed;
    const { keyType, valueType } = definition;
    const key = keyType._zod.run({ value: name, issues: [] }, context);
    const part = valueType._zod.run({ value: input[name], issues: [] }, context);
    if (key instanceof Promise || part instanceof Promise) throw new z.core.$ZodAsyncError();
    if (key.issues.length > 0) {
      const issues = key.issues.map((issue) => z.core.util.finalizeIssue(issue, context, z.core.config()));
      parsed.issues.push({ code: "invalid_key", origin: "record", issues, input: name, path: [name], inst: schema });
    } else parsed.issues.push(...z.core.util.prefixIssues(name, part.issues));
    // A setter would take it for the prototype.
    if (isRecord(parsed.value)) Object.defineProperty(parsed.value, name, { ...plain, value: part.value });
    return parsed;
  };
});

const plain = { enumerable: true, configurable: true, writable: true };
