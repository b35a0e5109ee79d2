import { execFile } from "node:child_process";
import { z } from "zod";
import { buildGo } from "./tools.ts";

const families = z.array(
  z.object({
    name: z.string(),
    type: z.string(),
    metrics: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        value: z.number(),
        count: z.number(),
        sum: z.number(),
        buckets: z.record(z.string(), z.number()),
      }),
    ),
  }),
);

export type PrometheusFamily = z.infer<typeof families>[number];

/** Prometheus' own parser: reads a page, or throws where it is not valid. */
export interface PrometheusParser {
  parse(page: string): Promise<ReadonlyMap<string, PrometheusFamily>>;
}

/** Builds the parser; throws a `Missing` if the machine lacks what that takes. */
export async function preparePrometheus(): Promise<PrometheusParser> {
  const program = await buildGo("prometheus");
  return {
    async parse(page) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const child = execFile(program, { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`Prometheus does not read the page: ${stderr}`, { cause: error }));
      });
      child.stdin?.end(page);
      return new Map(families.parse(JSON.parse(await promise)).map((family) => [family.name, family]));
    },
  };
}
