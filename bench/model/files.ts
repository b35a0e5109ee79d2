import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One file for everything, or a file for each route with its service. */
export type Layout = "folder" | "file";

export interface ModelSize {
  readonly routes: number;
  /** Of each service. */
  readonly endpoints: number;
  readonly layout: Layout;
}

export interface ModelFilesOptions extends ModelSize {
  readonly folder: string;
  readonly listenerPort: number;
  /** Where endpoints are; by default addresses that nobody listens on. */
  readonly upstreamPort?: number;
}

/** Writes a model of N routes, each with two rules and a service of its own. */
export async function writeModel(options: ModelFilesOptions): Promise<void> {
  const { folder, routes, layout, listenerPort } = options;
  await mkdir(folder, { recursive: true });
  const base = `gateways: { public: { address: 127.0.0.1, listeners: { http: { protocol: HTTP, port: ${listenerPort} } } } }\n`;
  const indexes = Array.from({ length: routes }, (_, i) => i);
  if (layout === "file") {
    const sections = `routes:\n${indexes.map((i) => routeText(i)).join("")}services:\n${indexes.map((i) => serviceText(i, options)).join("")}`;
    await writeFile(join(folder, "all.yaml"), base + sections);
    return;
  }
  await writeFile(join(folder, "base.yaml"), base);
  for (const i of indexes) {
    await writeFile(join(folder, `r${i}.yaml`), `routes:\n${routeText(i)}services:\n${serviceText(i, options)}`);
  }
}

/** The file that has a route and its service. */
export function fileOf(index: number, { folder, layout }: Pick<ModelFilesOptions, "folder" | "layout">): string {
  return join(folder, layout === "file" ? "all.yaml" : `r${index}.yaml`);
}

/** What is looked for, and replaced, to change one rule. */
export function ruleMark(index: number): string {
  return `v${index}x0 `;
}

function routeText(i: number): string {
  return (
    `  r${i}:\n    parents: public/http\n    hosts: [host${i}.example.com]\n    rules:\n` +
    `      api: { match: { path: /api/* }, to: s${i}, headers: { response: { set: { x-version: "${ruleMark(i)}" } } } }\n` +
    `      rest: { to: s${i}, timeout: 5s }\n`
  );
}

function serviceText(i: number, { endpoints, upstreamPort }: ModelFilesOptions): string {
  const list = Array.from({ length: endpoints }, (_, j) =>
    upstreamPort === undefined
      ? `10.${j % 250}.${Math.floor(i / 250)}.${(i % 250) + 1}:8080`
      : `127.0.0.1:${upstreamPort}`,
  );
  return `  s${i}:\n    endpoints: [${[...new Set(list)].join(", ")}]\n`;
}
