import type { Problem } from "@chancery/xds";
import { suggest } from "../../cli/suggest.ts";
import { type Document, formatPlace, type LocatedProblem } from "../../documents/document.ts";
import type { Found } from "../../model/collect.ts";
import { check } from "../../model/issues.ts";
import { join } from "../../model/join.ts";
import { locate } from "../../model/locate.ts";
import { ownDomain } from "../../model/rate-limit.ts";
import { type Domain, toDomain } from "./domain.ts";
import { type DescriptorConfig, type DomainConfig, domainSchema, type RateLimitConfig } from "./schema.ts";

/** What documents say of rate limits; those of one domain are put together. */
export interface RateLimitDocuments {
  /** By name. Only if no problem is an error: half of the limits would be worse than those before. */
  readonly domains: ReadonlyMap<string, Domain> | undefined;
  readonly configs: readonly DomainConfig[];
  readonly problems: readonly LocatedProblem[];
}

/** What one document says of a domain. */
interface Part {
  readonly config: DomainConfig;
  readonly document: Document;
}

/** Reads the configuration of envoyproxy/ratelimit. */
export function readRateLimits(documents: readonly Document[]): RateLimitDocuments {
  const found: Found[] = [];
  const parts: Part[] = [];
  for (const document of documents) {
    const { config, problems } = readDomain(document.content);
    found.push(...problems.map((problem) => ({ problem, document })));
    if (config?.domain === ownDomain) found.push({ problem: toReserved(), document });
    else if (config !== undefined) parts.push({ config, document });
  }
  const domains = [...Map.groupBy(parts, ({ config }) => config.domain)];
  for (const [, parts] of domains) found.push(...checkTogether(parts));
  const configs = domains.map(([domain, parts]) => ({
    domain,
    descriptors: parts.flatMap(({ config }) => config.descriptors),
  }));
  const isGood = found.every(({ problem }) => problem.severity !== "error");
  return {
    domains: isGood ? new Map(configs.map((config) => [config.domain, toDomain(config)])) : undefined,
    configs,
    problems: locate(found),
  };
}

/** What is wrong with the documents of one domain although each is right by itself. */
function checkTogether(parts: readonly Part[]): Found[] {
  const labels = new Set(parts.flatMap(({ config }) => config.descriptors.flatMap(labelsOf)));
  const first = new Map<string, string>();
  return parts.flatMap(({ config, document }) => {
    const { origin } = document;
    const problems = checkLabels(config.descriptors, { path: "descriptors", labels });
    const own = new Set<string>();
    for (const [index, descriptor] of config.descriptors.entries()) {
      const path = join(join("descriptors", index), "key");
      const name = nameOf(descriptor);
      const earlier = first.get(name);
      // Twice in one document is told of where that is read.
      if (earlier !== undefined && !own.has(name)) problems.push(toDuplicate(descriptor, { path, earlier }));
      else if (earlier === undefined) first.set(name, formatPlace(origin, document.positions()(path)));
      own.add(name);
    }
    return problems.map((problem) => ({ problem, document }));
  });
}

interface Read {
  readonly config: DomainConfig | undefined;
  readonly problems: readonly Problem[];
}

/** Documents that stay the same are not read again, and have the same problems. */
const known = new WeakMap<object, Read>();

function readDomain(content: unknown): Read {
  if (typeof content !== "object" || content === null) return checkDomain(content);
  let read = known.get(content);
  if (read === undefined) {
    read = checkDomain(content);
    known.set(content, read);
  }
  return read;
}

function checkDomain(content: unknown): Read {
  const checked = check(domainSchema, content, "");
  if (!checked.ok) return { config: undefined, problems: checked.problems };
  const { value: config } = checked;
  return { config, problems: checkDescriptors(config.descriptors, "descriptors") };
}

function labelsOf({ rate_limit: limit, descriptors }: DescriptorConfig): string[] {
  return [...(limit ? [limit.name] : []), ...descriptors.flatMap(labelsOf)].filter((label) => label !== "");
}

interface Context {
  readonly path: string;
  /** The names by which limits of the domain are replaced. */
  readonly labels: ReadonlySet<string>;
}

function checkLabels(descriptors: readonly DescriptorConfig[], { path, labels }: Context): Problem[] {
  return descriptors.flatMap(({ rate_limit: limit, descriptors }, index) => {
    const at = join(path, index);
    const replaces = join(join(at, "rate_limit"), "replaces");
    return [
      ...(limit?.replaces ?? []).flatMap(({ name }, index) =>
        labels.has(name) ? [] : [toUnknownLabel(join(join(replaces, index), "name"), name, labels)],
      ),
      ...checkLabels(descriptors, { path: join(at, "descriptors"), labels }),
    ];
  });
}

function checkDescriptors(descriptors: readonly DescriptorConfig[], path: string): Problem[] {
  const first = new Map<string, number>();
  return descriptors.flatMap((descriptor, index) => {
    const at = join(path, index);
    const { rate_limit: limit } = descriptor;
    const name = nameOf(descriptor);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    return [
      ...(earlier === undefined
        ? []
        : [toDuplicate(descriptor, { path: join(at, "key"), earlier: join(path, earlier) })]),
      ...checkFlags(descriptor, at),
      ...(limit ? checkLimit(limit, join(at, "rate_limit")) : []),
      ...checkDescriptors(descriptor.descriptors, join(at, "descriptors")),
    ];
  });
}

function nameOf({ key, value }: DescriptorConfig): string {
  return JSON.stringify([key, value]);
}

function toDuplicate(
  { key, value }: DescriptorConfig,
  { path, earlier }: { readonly path: string; readonly earlier: string },
): Problem {
  const what = value === "" ? `key "${key}" is` : `key "${key}" and value "${value}" are`;
  return error(path, "duplicate-key", `${what} in ${earlier} already`, "put them together");
}

function checkFlags(descriptor: DescriptorConfig, path: string): Problem[] {
  const { value, rate_limit: limit, share_threshold } = descriptor;
  const problems: Problem[] = [];
  if (share_threshold && !value.includes("*")) {
    const message = "values share a limit only where one stands for many";
    problems.push(error(join(path, "share_threshold"), "wrong-value", message, "write a value with *"));
  }
  for (const flag of ["shadow_mode", "quota_mode", "detailed_metric"] as const) {
    if (!descriptor[flag] || limit) continue;
    const at = join(path, flag);
    problems.push({ ...error(at, "no-effect", "has no effect without rate_limit beside it"), severity: "warning" });
  }
  return problems;
}

function checkLimit(limit: RateLimitConfig, path: string): Problem[] {
  const { unit, requests_per_unit: requests, unlimited, algorithm, burst, replaces } = limit;
  const problems: Problem[] = [];
  const add = (field: string, code: string, message: string, hint?: string) =>
    problems.push(error(join(path, field), code, message, hint));
  if (unlimited && unit !== undefined) {
    add("unit", "wrong-value", "what is unlimited has no unit", "leave out unit, or unlimited");
  }
  if (!unlimited && unit === undefined) add("unit", "missing", "is missing", "write unit: minute, or unlimited: true");
  if (!unlimited && requests === undefined) {
    add("requests_per_unit", "missing", "is missing", "write how many requests may pass in a unit; 0 lets none pass");
  }
  if (burst !== undefined && algorithm !== "gcra") {
    add("burst", "wrong-value", `${algorithm} has no burst`, "write algorithm: gcra, or leave out burst");
  }
  for (const [index, { name }] of replaces.entries()) {
    if (name !== limit.name) continue;
    const at = join(join(join(path, "replaces"), index), "name");
    problems.push(error(at, "wrong-value", "a limit does not replace itself", "leave it out"));
  }
  return problems;
}

function toUnknownLabel(path: string, name: string, labels: ReadonlySet<string>): Problem {
  const meant = suggest(name, labels);
  const hint = meant === undefined ? `give a rate_limit of this domain the name "${name}"` : `did you mean "${meant}"?`;
  return { ...error(path, "unknown-name", `no limit of this domain is named "${name}"`, hint), severity: "warning" };
}

function toReserved(): Problem {
  const message = `domain "${ownDomain}" is that of the limits that policies have themselves`;
  return error("domain", "reserved-domain", message, "give it another name");
}

function error(path: string, code: string, message: string, hint?: string): Problem {
  return { severity: "error", code, path, message, ...(hint !== undefined && { hint }) };
}
