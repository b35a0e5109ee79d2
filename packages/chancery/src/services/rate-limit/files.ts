import { isDeepStrictEqual } from "node:util";
import { type Resource, type Snapshots, toSnapshot } from "@chancery/xds";
import type { LocatedProblem } from "../../documents/document.ts";
import type { Logger } from "../../logs.ts";
import type { SourceState } from "../../sources/source.ts";
import { FileReport } from "../file-report.ts";
import { type Domain, toDomain } from "./domain.ts";
import type { Limiter } from "./limiter.ts";
import { readRateLimits } from "./read.ts";
import { rateLimitGroup, toRateLimitResource } from "./resources.ts";
import type { DomainConfig } from "./schema.ts";

export interface RateLimitFilesContext {
  readonly limiter: Pick<Limiter, "use">;
  readonly snapshots: Snapshots;
  readonly log: Logger;
}

/**
 * Takes in what files say of rate limits: all of it, or, while there is a mistake anywhere in it, nothing. The limits that
 * policies have themselves stand beside that.
 */
export class RateLimitFiles {
  readonly #context: RateLimitFilesContext;
  readonly #report: FileReport;
  #files: Limits | undefined;
  #own: DomainConfig | undefined;

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

  /** The domains that files have; undefined while none were good. */
  get domains(): readonly string[] | undefined {
    return this.#files && [...this.#files.domains.keys()];
  }

  apply({ documents, problems: unread }: SourceState): void {
    const { log } = this.#context;
    const { domains, configs, problems: read } = readRateLimits(documents);
    const isGood = this.#report.take([...unread, ...read]);
    if (!isGood || domains === undefined) {
      const kept = this.#files === undefined ? "there are none" : "those before stay";
      log.error({ change: "rate-limits" }, `The rate limits have mistakes and are not used; ${kept}`);
      return;
    }
    this.#files = { domains, configs };
    this.#use();
  }

  /** Takes in the limits that policies have themselves. */
  applyOwn(own: DomainConfig | undefined): void {
    if (isDeepStrictEqual(own, this.#own)) return;
    this.#own = own;
    this.#use();
  }

  #use(): void {
    const { limiter, log } = this.#context;
    const { domains, configs } = this.#files ?? { domains: new Map<string, Domain>(), configs: [] };
    const all = new Map(domains);
    if (this.#own !== undefined) all.set(this.#own.domain, toDomain(this.#own));
    limiter.use(all, { isComplete: this.#files !== undefined });
    this.#offer(this.#own === undefined ? configs : [...configs, this.#own]);
    log.info({ change: "rate-limits" }, `Rate limits are there for ${list(all.keys())}`);
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

/** What files say. */
interface Limits {
  readonly domains: ReadonlyMap<string, Domain>;
  readonly configs: readonly DomainConfig[];
}

function list(domains: Iterable<string>): string {
  return [...domains].map((name) => `"${name}"`).join(", ") || "no domain";
}
