import type { Snapshots } from "@chancery/xds";
import { AdmissionControl, type AdmissionOptions, rateLimitHandlers } from "@chancery/xds/services";
import type { Logger } from "../../logs.ts";
import type { Items } from "../../model/model.ts";
import { fileSource } from "../../sources/file.ts";
import { follow } from "../../sources/follow.ts";
import type { Service } from "../service.ts";
import { RateLimitFiles } from "./files.ts";
import { Limiter, type LimiterOptions } from "./limiter.ts";
import { MemoryStore } from "./memory-store.ts";
import { toMetrics } from "./metrics.ts";
import { toOwnDomain } from "./policies.ts";
import { RedisStore } from "./redis-store.ts";
import { addRateLimitRoutes } from "./routes.ts";

export interface RateLimitOptions extends Omit<LimiterOptions, "store"> {
  /** Files, or folders of files, as envoyproxy/ratelimit has them: one domain each. They are watched. */
  readonly paths?: readonly string[];
  /** A Redis or Valkey that keeps the counts for several replicas, such as `redis://host:6379`; else this process does. */
  readonly redis?: string | undefined;
  /** How long to wait for that. Default: 15 ms, for Envoy itself waits 20. */
  readonly redisTimeoutMs?: number | undefined;
  /** When calls are refused since there are too many; by default when they wait for 10 ms, half of what Envoy waits. */
  readonly admission?: Omit<AdmissionOptions, "onChange"> | undefined;
  /** Without a Redis: how many keys are counted at once. Default: 1,000,000. */
  readonly maxKeys?: number | undefined;
}

export interface RateLimitContext {
  readonly snapshots: Snapshots;
  readonly cwd: string;
  readonly log: Logger;
  /** Called when files may have other domains. */
  readonly onDomains: () => void;
}

/** The rate limit service, as it runs. */
export interface RateLimitService extends Service {
  /** Resolves when the files have been read. */
  readonly loaded: Promise<void>;
  /** The domains that files have; `absent` if there are no files, `unread` while none were good. */
  readonly domains: readonly string[] | "absent" | "unread";
  /** Goes on with the limits that these policies have themselves. */
  usePolicies(policies: Items<"policies">): void;
}

/** Serves the rate limits of policies, and of files in the place of envoyproxy/ratelimit. */
export function startRateLimits(options: RateLimitOptions, context: RateLimitContext): RateLimitService {
  const { paths = [], redis, redisTimeoutMs: timeoutMs, maxKeys, admission: limits, ...limiterOptions } = options;
  const { snapshots, cwd, log, onDomains } = context;
  const store = redis === undefined ? new MemoryStore({ maxKeys }) : new RedisStore({ url: redis, timeoutMs, log });
  const limiter = new Limiter({ ...limiterOptions, store });
  const onChange = (overloaded: boolean) => log.warn(overloaded ? shedding : shed);
  const admission = new AdmissionControl({ maxDelayMs: 10, ...limits, onChange });
  const files = new RateLimitFiles({ limiter, snapshots, log });
  const following =
    paths.length === 0
      ? undefined
      : follow(fileSource({ paths, cwd }), {
          onState(state) {
            files.apply(state);
            onDomains();
          },
          onError: (err) =>
            log.error({ err }, "The files of rate limits are not followed any more; what they said stays"),
        });
  let lastPolicies: Items<"policies"> | undefined;
  return {
    name: "rate-limit",
    methods: rateLimitHandlers({ shouldRateLimit: (request) => limiter.decide(request) }, { admission }),
    metrics: toMetrics({ limiter, files, store, admission }),
    addRoutes: (app) => addRateLimitRoutes(app, { limiter, files }),
    loaded: following?.loaded ?? Promise.resolve(),
    get domains() {
      return following === undefined ? "absent" : (files.domains ?? "unread");
    },
    usePolicies(policies) {
      if (policies === lastPolicies) return;
      lastPolicies = policies;
      files.applyOwn(toOwnDomain(policies));
    },
    async close() {
      await following?.[Symbol.asyncDispose]();
      await store.close();
    },
  };
}

const shedding =
  "More rate limits are asked for than can be decided in time: some calls are refused, which Envoy lets through";
const shed = "All rate limits that are asked for are decided again";
