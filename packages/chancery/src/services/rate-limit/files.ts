import { type Resource, type Snapshots, toSnapshot } from "@chancery/xds";
import type { LocatedProblem } from "../../documents/document.ts";
import type { Logger } from "../../logs.ts";
import type { SourceState } from "../../sources/source.ts";
import { FileReport } from "../file-report.ts";
import type { Limiter } from "./limiter.ts";
import { readRateLimits } from "./read.ts";
import { rateLimitGroup, toRateLimitResource } from "./resources.ts";
import type { DomainConfig } from "./schema.ts";

export interface RateLimitFilesContext {
  readonly limiter: Pick<Limiter, "use" | "domains">;
  readonly snapshots: Snapshots;
  readonly log: Logger;
}

/** Takes in what sources say of rate limits: all of it, or, while there is a mistake anywhere in it, nothing. */
export class RateLimitFiles {
  readonly #context: RateLimitFilesContext;
  readonly #report: FileReport;

  constructor(context: RateLimitFilesContext) {
    this.#context = context;
    this.#report = new FileReport(context.log);
  }

  /** What is wrong now. */
  get problems(): readonly LocatedProblem[] {
    return this.#report.problems;
  }

  /** How often there was something new, by whether it was used. */
  get reloads(): ReadonlyMap<"good" | "bad", number> {
    return this.#report.reloads;
  }

  apply({ documents, problems: unread }: SourceState): void {
    const { limiter, log } = this.#context;
    const { domains, configs, problems: read } = readRateLimits(documents);
    const isGood = this.#report.take([...unread, ...read]);
    if (!isGood || domains === undefined) {
      const kept = limiter.domains === undefined ? "there are none" : "those before stay";
      log.error({ change: "rate-limits" }, `The rate limits have mistakes and are not used; ${kept}`);
      return;
    }
    limiter.use(domains);
    this.#offer(configs);
    log.info({ change: "rate-limits" }, `Rate limits are there for ${list(domains.keys())}`);
  }

  /** Sets what servers of envoyproxy/ratelimit get. */
  #offer(configs: readonly DomainConfig[]): void {
    const { snapshots, log } = this.#context;
    const resources: Resource[] = [];
    const unsaid: string[] = [];
    for (const config of configs) {
      const resource = toRateLimitResource(config);
      if (resource === undefined) unsaid.push(config.domain);
      else resources.push(resource);
    }
    snapshots.set(rateLimitGroup, toSnapshot(resources, { previous: snapshots.get(rateLimitGroup) }));
    if (unsaid.length === 0) return;
    const why = "which know no week, month or year";
    log.info({ domains: unsaid }, `Servers of envoyproxy/ratelimit, ${why}, are not offered ${list(unsaid)}`);
  }
}

function list(domains: Iterable<string>): string {
  return [...domains].map((name) => `"${name}"`).join(", ") || "no domain";
}
