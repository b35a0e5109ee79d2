import { z } from "zod";
import { state } from "./state.ts";

const stream = z
  .object({
    node: z.string(),
    cluster: z.string(),
    locality: z.object({ region: z.string(), zone: z.string(), subZone: z.string() }),
    variant: z.enum(["sotw", "delta"]),
    types: z.array(z.string()).readonly().describe("What it has asked for, such as `clusters`"),
    fleet: z.string().optional().describe("The fleet that it belongs to; left out if none fits it"),
  })
  .describe("A stream of a connected node");

/** What a control plane serves, and to whom: the schema of an answer of its API. */
export const serving = state.extend({
  /** Nodes whose resources come by the API, and not from files. */
  apiNodes: z.array(z.string()).readonly().describe("Nodes whose snapshots were PUT and stand in no file"),
  streams: z.array(stream).readonly(),
});

export type Serving = z.infer<typeof serving>;
