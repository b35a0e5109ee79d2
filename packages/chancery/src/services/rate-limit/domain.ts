import type { RateLimitDescriptor, RateLimitEntry } from "@chancery/xds/services";
import { matchesParts } from "../../glob.ts";
import { type Limit, type Rule, units } from "./rule.ts";
import type { DescriptorConfig, DomainConfig } from "./schema.ts";

/** The rules of one domain, as a tree of the entries that lead to them. */
export interface Domain {
  readonly name: string;
  readonly root: Level;
  readonly rules: readonly Rule[];
}

/** What may stand at one place of a descriptor. */
interface Level {
  /** By key, then by value. */
  readonly exact: ReadonlyMap<string, ReadonlyMap<string, Branch>>;
  /** By key, in the order of the file: for values that are like a pattern. */
  readonly patterns: ReadonlyMap<string, readonly Branch[]>;
  /** By key: for any value. */
  readonly any: ReadonlyMap<string, Branch>;
}

interface Branch {
  readonly config: DescriptorConfig;
  /** What stands between the `*` of the value. */
  readonly parts: readonly string[];
  readonly rule: Rule | undefined;
  readonly next: Level;
}

/** A rule that matches a descriptor. */
export interface Match {
  readonly rule: Rule;
  /** What is counted: the domain and the entries, so written that no two of them are the same text. */
  readonly key: string;
  /** What the statistics call it. */
  readonly metric: string;
}

/** Builds the tree of a domain whose config has been checked. */
export function toDomain({ domain, descriptors }: DomainConfig): Domain {
  const rules: Rule[] = [];
  return { name: domain, root: toLevel(descriptors, { domain, path: domain, rules }), rules };
}

interface Above {
  readonly domain: string;
  readonly path: string;
  readonly rules: Rule[];
}

function toLevel(descriptors: readonly DescriptorConfig[], above: Above): Level {
  const exact = new Map<string, Map<string, Branch>>();
  const patterns = new Map<string, Branch[]>();
  const any = new Map<string, Branch>();
  for (const config of descriptors) {
    const { key, value } = config;
    const branch = toBranch(config, above);
    if (value === "") any.set(key, branch);
    else if (branch.parts.length === 1) exact.set(key, (exact.get(key) ?? new Map()).set(value, branch));
    else patterns.set(key, [...(patterns.get(key) ?? []), branch]);
  }
  return { exact, patterns, any };
}

function toBranch(config: DescriptorConfig, { domain, path, rules }: Above): Branch {
  const name = `${path}.${nameOf(config.key, config.value)}`;
  const rule = toRule(config, domain, name);
  if (rule !== undefined) rules.push(rule);
  return {
    config,
    parts: config.value.split("*"),
    rule,
    next: toLevel(config.descriptors, { domain, path: name, rules }),
  };
}

function toRule(config: DescriptorConfig, domain: string, name: string): Rule | undefined {
  const { rate_limit: limit } = config;
  if (!limit) return undefined;
  return {
    domain,
    name,
    limit: toLimit(limit),
    label: limit.name,
    replaces: limit.replaces.map((replaced) => replaced.name),
    shadow: config.shadow_mode,
    quota: config.quota_mode,
    detailedMetric: config.detailed_metric,
  };
}

function toLimit(config: NonNullable<DescriptorConfig["rate_limit"]>): Limit | undefined {
  const { name, unit = "second", requests_per_unit: requests = 0, unlimited, algorithm, burst = requests } = config;
  if (unlimited) return undefined;
  const { ms, number } = units[unit];
  const current = { ...(name !== "" && { name }), requestsPerUnit: requests, unit: number };
  return { requests, windowMs: ms, algorithm, burst, current };
}

/**
 * Finds the rule of a descriptor: entry by entry the one with the value goes before the one with a pattern of it, and
 * that before the one for any value. The depth has to be the same, and a way that was taken is not left.
 */
export function findRule(domain: Domain, { entries }: RateLimitDescriptor): Match | undefined {
  let level = domain.root;
  let rule: Rule | undefined;
  let key = counted(domain.name);
  let perValue = false;
  for (const entry of entries) {
    const branch = follow(level, entry);
    if (branch === undefined) return undefined;
    const { config } = branch;
    key += config.share_threshold ? `${counted(entry.key)}*${counted(config.value)}` : keyOfEntry(entry);
    perValue ||= config.value_to_metric;
    ({ rule, next: level } = branch);
  }
  if (rule === undefined) return undefined;
  const metric = perValue || rule.detailedMetric ? toMetric(domain, entries, rule) : rule.name;
  return { rule, key, metric };
}

/** What is counted for a descriptor that brings its own limit. */
export function keyOf(domain: string, entries: readonly RateLimitEntry[]): string {
  return entries.reduce((key, entry) => key + keyOfEntry(entry), counted(domain));
}

/** What the statistics call a descriptor as it is. */
export function metricOf(domain: string, entries: readonly RateLimitEntry[]): string {
  return [domain, ...entries.map(({ key, value }) => nameOf(key, value))].join(".");
}

function follow({ exact, patterns, any }: Level, { key, value }: RateLimitEntry): Branch | undefined {
  return (
    exact.get(key)?.get(value) ?? patterns.get(key)?.find(({ parts }) => matchesParts(value, parts)) ?? any.get(key)
  );
}

/** The name of a rule with the values in it that it is to be counted by. */
function toMetric({ name, root }: Domain, entries: readonly RateLimitEntry[], rule: Rule): string {
  let level = root;
  let metric = name;
  for (const entry of entries) {
    const branch = follow(level, entry);
    if (branch === undefined) break;
    const { value, value_to_metric, share_threshold } = branch.config;
    const showsValue = !share_threshold && (rule.detailedMetric || value_to_metric);
    metric += `.${nameOf(entry.key, showsValue ? entry.value : value)}`;
    level = branch.next;
  }
  return metric;
}

function nameOf(key: string, value: string): string {
  return value === "" ? key : `${key}_${value}`;
}

function keyOfEntry({ key, value }: RateLimitEntry): string {
  return `${counted(key)}=${counted(value)}`;
}

/** A text with its length in front, so that nothing in it can be taken for what follows it. */
function counted(text: string): string {
  return `${text.length}:${text}`;
}
