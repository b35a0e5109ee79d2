import type { HeaderNames } from "../services/rate-limit/respond.ts";
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
  "rate-limit-header-names": {
    type: "string",
    value: "LIMIT,REMAINING,RESET",
    help: "Answer with such headers, but of these names",
  },
  "rate-limit-near": {
    type: "string",
    value: "PERCENT",
    help: "Beyond what part of a limit statistics call hits near it; 80 by default",
  },
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
  if (paths.length === 0 && optionNames.every((name) => values[name] === undefined || values[name] === false)) {
    return undefined;
  }
  for (const path of paths) await requirePath(path, io.cwd);
  const { "rate-limit-redis": redis, "rate-limit-redis-timeout": timeout, "rate-limit-on-loss": onLoss } = values;
  const { "rate-limit-max-delay": maxDelay, "rate-limit-header-names": names, "rate-limit-near": near } = values;
  return {
    paths,
    redis: redis === undefined ? undefined : readUrl(redis),
    redisTimeoutMs: timeout === undefined ? undefined : readNumber("rate-limit-redis-timeout", timeout),
    onLoss: onLoss === undefined ? undefined : oneOf("rate-limit-on-loss", onLoss, ["allow", "deny"]),
    admission: maxDelay === undefined ? undefined : { maxDelayMs: readDelay("rate-limit-max-delay", maxDelay) },
    headers: names === undefined ? values["rate-limit-headers"] : readNames(names),
    nearRatio: near === undefined ? undefined : readPercent(near) / 100,
    dynamicMetadata: values["rate-limit-metadata"],
    shadow: values["rate-limit-shadow"],
  };
}

// The keys of a literal are those that its type has; the paths are looked at by themselves.
const optionNames = Object.keys(rateLimitOptions).filter((name) => name !== "rate-limits") as Exclude<
  keyof typeof rateLimitOptions,
  "rate-limits"
>[];

function readNames(text: string): HeaderNames {
  const [limit = "", remaining = "", reset = "", ...more] = text.split(",").map((name) => name.trim());
  const isName = (name: string) => /^[\w!#$%&'*+.^`|~-]+$/.test(name);
  if (more.length === 0 && [limit, remaining, reset].every(isName)) return { limit, remaining, reset };
  throw new UsageError(
    `Cannot use --rate-limit-header-names "${text}": write three names, such as X-Limit,X-Remaining,X-Reset`,
  );
}

function readPercent(text: string): number {
  const percent = readNumber("rate-limit-near", text);
  if (percent <= 100) return percent;
  throw new UsageError(`Cannot use --rate-limit-near "${text}": write a percentage, from 0 to 100`);
}

const protocols = ["redis:", "rediss:", "valkey:", "valkeys:"];

function readUrl(text: string): string {
  if (protocols.includes(URL.parse(text)?.protocol ?? "")) return text;
  // It may hold a password, so that it is not repeated.
  throw new UsageError("Cannot use --rate-limit-redis: write redis://HOST:PORT, or rediss://HOST:PORT for TLS");
}
