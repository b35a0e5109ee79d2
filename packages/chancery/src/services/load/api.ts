import { z } from "zod";

export const loadBys = ["cluster", "edge", "node", "locality", "endpoint"] as const;

/** What there is one row for. */
export type LoadBy = (typeof loadBys)[number];

const count = z.string().regex(/^\d+$/).describe("A count, in digits: it may be beyond what a JSON number can say");

/** One row of load, as the API says it. */
export const loadRow = z
  .object({
    cluster: z.string().describe("The upstream cluster"),
    nodeCluster: z.string().optional().describe("By edge and node: the cluster of the nodes that send to it"),
    node: z.string().optional().describe("By node: the id of the node that sends to it"),
    locality: z.object({ region: z.string(), zone: z.string(), subZone: z.string() }).optional(),
    priority: z.int().optional(),
    endpoint: z.string().optional().describe("By endpoint: its address"),
    nodes: z.int().describe("How many nodes tell of it"),
    requestsPerSecond: z.number().describe("Requests that began, in the last interval of each node"),
    errorsPerSecond: z.number().describe("Requests that ended as errors: 5xx, reset, or timed out"),
    errorShare: z.number().describe("The part of the requests that ended which were errors, from 0 to 1"),
    inFlight: z.number().describe("Requests under way at the end of the interval"),
    droppedPerSecond: z.number().optional().describe("Requests dropped before they had an endpoint"),
    totals: z
      .object({ requests: count, errors: count, dropped: count.optional() })
      .describe("Since the nodes connected that are connected now"),
  })
  .describe("Load of one cluster, or of a part of it");

export type LoadRow = z.infer<typeof loadRow>;

export const loadHistory = z
  .object({
    stretchMs: z.int().describe("How long each stretch of time is, in milliseconds"),
    points: z.array(
      z.object({
        at: z.iso.datetime().describe("When the stretch began"),
        requestsPerSecond: z.number(),
        errorsPerSecond: z.number(),
        droppedPerSecond: z.number(),
      }),
    ),
  })
  .describe("The stretches of the last half hour that are over, the oldest first");

export type LoadHistory = z.infer<typeof loadHistory>;
