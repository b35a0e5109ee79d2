// What the control plane's own stages take, from files to the bytes that streams send, in a process of its own:
// `node bench/model/in-process.ts '{"routes": 1000, "endpoints": 2, "layout": "folder"}'` writes a line of JSON.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Blocks } from "../../packages/chancery/src/documents/blocks.ts";
import { parseDocuments } from "../../packages/chancery/src/documents/parse.ts";
import { Pipeline } from "../../packages/chancery/src/pipeline.ts";
import { sourceOf } from "../../packages/chancery/src/sources/sources.ts";
import { percentile } from "../percentile.ts";
import { fileOf, type ModelSize, ruleMark, writeModel } from "./files.ts";

export interface InProcess {
  readonly load_cpu_ms: number;
  readonly rule_p50_ms: number;
  readonly rule_p99_ms: number;
  readonly endpoint_p50_ms: number;
  readonly endpoint_p99_ms: number;
  /** One route and its service more or less. */
  readonly route_p50_ms: number;
  readonly route_p99_ms: number;
  readonly rss_mb: number;
}

const changes = 40;

/** A server waits so long for quiet before each change, which is when garbage is collected. */
const settleMs = 10;

/** After a first load there is more of it. */
const restMs = 1_000;

if (import.meta.main) console.log(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? "{}"))));

async function measure(size: ModelSize): Promise<InProcess> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-bench-"));
  try {
    await writeModel({ ...size, folder, listenerPort: 10_000 });
    await writeFile(join(folder, "fleet.yaml"), `fleets: { edge: { match: "*" } }\n`);
    using pipeline = new Pipeline({ cwd: folder });
    const before = process.cpuUsage();
    let documents = [...(await readOnce(folder))];
    await pipeline.translate(documents);
    const load = process.cpuUsage(before);
    await pause(restMs);

    const index = Math.floor(size.routes / 2);
    const file = fileOf(index, { folder, layout: size.layout });
    const text = await readFile(file, "utf8");
    const at = documents.findIndex(({ origin }) => file.endsWith(origin));
    let blocks: Blocks | undefined;
    const change = async (from: string, to: string): Promise<number> => read(text.replace(from, to));
    const read = async (edited: string): Promise<number> => {
      // As it comes from a file, rather than put together of pieces.
      const changed = Buffer.from(edited).toString();
      await pause(settleMs);
      const startMs = performance.now();
      const parsed = parseDocuments(changed, { origin: documents[at]?.origin ?? "", format: "yaml", blocks });
      const [document] = parsed.ok ? parsed.documents : [];
      if (!parsed.ok || document === undefined) throw new TypeError("The changed text cannot be read");
      blocks = parsed.blocks;
      documents = documents.with(at, document);
      await pipeline.translate(documents);
      return performance.now() - startMs;
    };
    const series = async (make: (i: number) => readonly [string, string]) => {
      await change(...make(0));
      const times: number[] = [];
      for (let i = 1; i <= changes; i++) times.push(await change(...make(i)));
      return times;
    };
    const rules = await series((i) => [ruleMark(index), `changed ${i}`]);
    const endpoint = `10.0.${Math.floor(index / 250)}.${(index % 250) + 1}:8080`;
    const endpoints = await series((i) => [endpoint, `10.255.1.${i + 1}:8080`]);
    const added = (i: number) =>
      text
        .replace(
          /^routes:\n {2}r\d+:\n(?: {4}.*\n)+/m,
          (first) => `${first}  new${i}: { parents: public/http, to: new${i} }\n`,
        )
        .replace(/^services:\n {2}s\d+:\n(?: {4}.*\n)+/m, (first) => `${first}  new${i}: { endpoints: 10.9.9.9:80 }\n`);
    const routes: number[] = [];
    for (let i = 1; i <= changes / 2; i++) routes.push(await read(added(i)), await read(text));
    return {
      load_cpu_ms: (load.user + load.system) / 1000,
      rule_p50_ms: percentile(rules, 0.5),
      rule_p99_ms: percentile(rules, 0.99),
      endpoint_p50_ms: percentile(endpoints, 0.5),
      endpoint_p99_ms: percentile(endpoints, 0.99),
      route_p50_ms: percentile(routes, 0.5),
      route_p99_ms: percentile(routes, 0.99),
      rss_mb: process.memoryUsage.rss() / 2 ** 20,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function readOnce(folder: string) {
  const controller = new AbortController();
  for await (const { documents } of sourceOf(["."], { cwd: folder }).watch(controller.signal)) {
    controller.abort();
    return documents;
  }
  throw new TypeError("The folder cannot be read");
}
