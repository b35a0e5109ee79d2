import { z } from "zod";
import { json, record } from "./record.ts";
import { listOf, reference } from "./values.ts";

const pointer = z
  .string()
  .regex(/^(\/([^~/]|~[01])*)+$/, { error: "must be a JSON Pointer such as /connect_timeout" })
  .describe("A JSON Pointer into the resource as proto3 JSON, in snake_case or camelCase");

const operation = z.discriminatedUnion("op", [
  z.strictObject({ op: z.literal("add"), path: pointer, value: json() }),
  z.strictObject({ op: z.literal("replace"), path: pointer, value: json() }),
  z.strictObject({ op: z.literal("remove"), path: pointer }),
  z.strictObject({ op: z.literal("test"), path: pointer, value: json() }),
  z.strictObject({
    op: z.literal("merge").describe("merge: value goes into the object at path, or into the resource (RFC 7396)"),
    path: pointer.optional(),
    value: record(z.string(), json()),
  }),
]);

/** A change to what was generated, for what the other kinds cannot say. */
export const patch = z.strictObject({
  target: z
    .strictObject({
      type: z
        .enum(["listeners", "routes", "clusters", "endpoints", "secrets", "extensionConfigs"])
        .describe("The type of the resource; chancery translate shows what there is"),
      name: z.string().min(1).describe("The resource's name on the wire; * stands for any characters"),
      fleets: listOf(reference).optional().describe("Default: all fleets"),
    })
    .describe("What is changed; it is an error when there is no such resource"),
  operations: listOf(operation).describe("JSON Patch (RFC 6902), all or none"),
});

/** A patch in its canonical form. */
export type Patch = z.output<typeof patch>;
export type PatchOperation = Patch["operations"][number];
