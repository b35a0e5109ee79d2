import type { RateLimitOptions } from "../services/rate-limit/service.ts";
import { type Io, type Options, UsageError, type Values } from "./command.ts";
import { oneOf } from "./one-of.ts";
import { readDelay } from "./read-delay.ts";
import { readNumber } from "./read-number.ts";
import { requirePath } from "./require-path.ts";

/** What `chancery serve` can be told of rate limits. */
export const rateLimitOptions = {
  "rate-limits": {
    type: "string",
    multiple: true,
    value: "PATH",
    help: "Decide on rate limits by these files, in the place of envoyproxy/ratelimit",
  },
  "rate-limit-redis": { type: "string", value: "URL", help: "Count in this Redis or Valkey, for several replicas" },
  "rate-limit-redis-timeout": { type: "string", value: "MS", help: "How long to wait for it; 15 by default" },
  "rate-limit-on-loss": { type: "string", value: "allow|deny", help: "While it is away; allow by default" },
  "rate-limit-headers": { type: "boolean", help: "Answer with the headers RateLimit-Limit, -Remaining and -Reset" },
  "rate-limit-metadata": { type: "boolean", help: "Answer with dynamic metadata: what was asked, and quotas used up" },
  "rate-limit-max-delay": {
    type: "string",
    value: "MS",
    help: "Refuse calls when they wait for longer than that, which Envoy lets through; 10 by default",
  },
  "rate-limit-shadow": { type: "boolean", help: "Count as ever, and let everything through" },
} as const satisfies Options;

/** What the values of these options mean; undefined if none is given. */
export async function toRateLimitOptions(
  values: Values<typeof rateLimitOptions>,
  io: Io,
): Promise<RateLimitOptions | undefined> {
  const paths = values["rate-limits"];
  if (paths.length === 0 && names.every((name) => values[name] === undefined || values[name] === false)) {
    return undefined;
  }
  for (const path of paths) await requirePath(path, io.cwd);
  const { "rate-limit-redis": redis, "rate-limit-redis-timeout": timeout, "rate-limit-on-loss": onLoss } = values;
  const { "rate-limit-max-delay": maxDelay } = values;
  return {
    paths,
    redis: redis === undefined ? undefined : readUrl(redis),
    redisTimeoutMs: timeout === undefined ? undefined : readNumber("rate-limit-redis-timeout", timeout),
    onLoss: onLoss === undefined ? undefined : oneOf("rate-limit-on-loss", onLoss, ["allow", "deny"]),
    admission: maxDelay === undefined ? undefined : { maxDelayMs: readDelay("rate-limit-max-delay", maxDelay) },
    headers: values["rate-limit-headers"],
    dynamicMetadata: values["rate-limit-metadata"],
    shadow: values["rate-limit-shadow"],
  };
}

// The keys of a literal are those that its type has; the paths are looked at by themselves.
const names = Object.keys(rateLimitOptions).filter((name) => name !== "rate-limits") as Exclude<
  keyof typeof rateLimitOptions,
  "rate-limits"
>[];

const protocols = ["redis:", "rediss:", "valkey:", "valkeys:"];

function readUrl(text: string): string {
  if (protocols.includes(URL.parse(text)?.protocol ?? "")) return text;
  // It may hold a password, so that it is not repeated.
  throw new UsageError("Cannot use --rate-limit-redis: write redis://HOST:PORT, or rediss://HOST:PORT for TLS");
}
