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

/** What documents say of rate limits, a domain each. */
export interface RateLimitDocuments {
  /** By name. Only if no problem is an error: half of the limits would be worse than those before. */
  readonly domains: ReadonlyMap<string, Domain> | undefined;
  readonly configs: readonly DomainConfig[];
  readonly problems: readonly LocatedProblem[];
}

/** Reads the configuration of envoyproxy/ratelimit. */
export function readRateLimits(documents: readonly Document[]): RateLimitDocuments {
  const found: Found[] = [];
  const configs = new Map<string, { readonly config: DomainConfig; readonly document: Document }>();
  for (const document of documents) {
    const read = readDomain(document.content);
    found.push(...read.problems.map((problem) => ({ problem, document })));
    if (read.config === undefined) continue;
    const first = configs.get(read.config.domain);
    if (read.config.domain === ownDomain) found.push({ problem: toReserved(), document });
    else if (first === undefined) configs.set(read.config.domain, { config: read.config, document });
    else found.push({ problem: toDuplicate(read.config.domain, first.document), document });
  }
  const list = [...configs.values()].map(({ config }) => config);
  const isGood = found.every(({ problem }) => problem.severity !== "error");
  return {
    domains: isGood ? new Map(list.map((config) => [config.domain, toDomain(config)])) : undefined,
    configs: list,
    problems: locate(found),
  };
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
  const labels = new Set(config.descriptors.flatMap(labelsOf));
  return { config, problems: checkDescriptors(config.descriptors, { path: "descriptors", labels }) };
}

interface Context {
  readonly path: string;
  /** The names by which limits of the domain are replaced. */
  readonly labels: ReadonlySet<string>;
}

function labelsOf({ rate_limit: limit, descriptors }: DescriptorConfig): string[] {
  return [...(limit ? [limit.name] : []), ...descriptors.flatMap(labelsOf)].filter((label) => label !== "");
}

function checkDescriptors(descriptors: readonly DescriptorConfig[], { path, labels }: Context): Problem[] {
  const first = new Map<string, number>();
  return descriptors.flatMap((descriptor, index) => {
    const at = join(path, index);
    const { key, value, rate_limit: limit } = descriptor;
    const name = JSON.stringify([key, value]);
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, index);
    const what = value === "" ? `key "${key}"` : `key "${key}" and value "${value}"`;
    return [
      ...(earlier === undefined
        ? []
        : [
            error(
              join(at, "key"),
              "duplicate-key",
              `${what} are in ${join(path, earlier)} already`,
              "put them together",
            ),
          ]),
      ...checkFlags(descriptor, at),
      ...(limit ? checkLimit(limit, { path: join(at, "rate_limit"), labels }) : []),
      ...checkDescriptors(descriptor.descriptors, { path: join(at, "descriptors"), labels }),
    ];
  });
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

function checkLimit(limit: RateLimitConfig, { path, labels }: Context): Problem[] {
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
    const at = join(join(join(path, "replaces"), index), "name");
    if (name === limit.name) {
      problems.push(error(at, "wrong-value", "a limit does not replace itself", "leave it out"));
    } else if (!labels.has(name)) problems.push(toUnknownLabel(at, name, labels));
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

function toDuplicate(domain: string, first: Document): Problem {
  const place = formatPlace(first.origin, first.positions()("domain"));
  return error("domain", "duplicate-domain", `domain "${domain}" is in ${place} already`, "put both into one file");
}

function error(path: string, code: string, message: string, hint?: string): Problem {
  return { severity: "error", code, path, message, ...(hint !== undefined && { hint }) };
}
