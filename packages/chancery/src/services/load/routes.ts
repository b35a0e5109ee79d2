import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemResponse } from "../../admin/http-problem.ts";
import { sendJsonList } from "../../admin/long-answer.ts";
import { matchesGlob } from "../../glob.ts";
import { inTurns } from "../../turns.ts";
import { type LoadHistory, loadBys, loadHistory, loadRow } from "./api.ts";
import type { Edge } from "./edge.ts";
import { type HistoryPoint, stretchMs } from "./history.ts";
import type { LoadTable } from "./load-table.ts";
import { toRows } from "./rows.ts";

const glob = z.string().default("*");
const filter = {
  cluster: glob.describe("A name of an upstream cluster, in which `*` stands for any characters"),
  nodeCluster: glob.describe("The same for the cluster of the nodes that send to it"),
};

/** What nodes tell of their load, as JSON. */
export function addLoadRoutes(app: FastifyInstance, table: LoadTable): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["load"];
  const badQuery = problemResponse("The query is not valid");

  routes.get(
    "/api/v1/load",
    {
      schema: {
        tags,
        summary: "Get the load of upstream clusters",
        querystring: z.object({
          by: z.enum(loadBys).default("cluster").describe("What there is one row for"),
          node: glob.describe("A node id, in which `*` stands for any characters"),
          ...filter,
        }),
        response: { 200: z.array(loadRow).describe("In the order of their names"), 400: badQuery },
      },
    },
    async ({ query: { by, ...rest } }, reply) => sendJsonList(reply, await inTurns(toRows(table.clients, by, rest))),
  );

  routes.get(
    "/api/v1/load/history",
    {
      schema: {
        tags,
        summary: "Get the load of the last half hour",
        querystring: z.object(filter),
        response: { 200: loadHistory, 400: badQuery },
      },
    },
    async ({ query: { cluster, nodeCluster } }) => {
      const edges = [...table.edges].filter(
        ({ from, to }) => matchesGlob(from, nodeCluster) && matchesGlob(to, cluster),
      );
      return toHistory(edges, Date.now());
    },
  );
}

function toHistory(edges: readonly Edge[], nowMs: number): LoadHistory {
  const sums = new Map<number, HistoryPoint>();
  for (const { history } of edges) {
    for (const point of history.points(nowMs)) {
      const sum = sums.get(point.atMs);
      sums.set(point.atMs, sum === undefined ? point : addPoints(sum, point));
    }
  }
  const points = [...sums.values()].map(({ atMs, ...rates }) => ({ at: new Date(atMs).toISOString(), ...rates }));
  return { stretchMs, points };
}

function addPoints(a: HistoryPoint, b: HistoryPoint): HistoryPoint {
  return {
    atMs: a.atMs,
    requestsPerSecond: a.requestsPerSecond + b.requestsPerSecond,
    errorsPerSecond: a.errorsPerSecond + b.errorsPerSecond,
    droppedPerSecond: a.droppedPerSecond + b.droppedPerSecond,
  };
}
