import { encodeJson } from "@chancery/envoy-api";
import type { Problem } from "../resource/problem.ts";
import { isMadeOf, isResource, type Resource, readName, toResource } from "../resource/resource.ts";
import { findByText, noteText } from "../resource/texts.ts";
import { opaqueType, type ResourceType, resourceTypes } from "../resource/type.ts";
import { atOnce } from "./at-once.ts";
import { crashPath } from "./crashes.ts";
import { joinLists } from "./join-lists.ts";
import { JsonText } from "./json-text.ts";
import { Block, blocksOf, noteOutline, replaceBlocks } from "./outline.ts";
import type { ResourceMap } from "./resource-set.ts";
import { nameOf, type Snapshot, toSnapshotOfMaps } from "./snapshot.ts";
import { SortedMap } from "./sorted-map.ts";

export interface ParseOptions {
  /** The snapshot that this one replaces: what stays the same is shared with it. */
  readonly previous?: Snapshot | undefined;
}

export type ParsedSnapshot =
  | { readonly ok: true; readonly snapshot: Snapshot /** Warnings. */; readonly problems: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a snapshot as people and programs write it, from JSON or YAML that is already parsed:
 *
 * `{"version": "…", "resources": {"clusters": [], "endpoints": [], "listeners": [], "routes": [], "scopedRoutes": [],
 * "virtualHosts": [], "secrets": [], "runtimes": [], "extensionConfigs": [], "lbEndpoints": []}}`
 *
 * Resources are proto3 JSON. One that has no name of its own, or has aliases or a time to live, is written as
 * `{"name": "…", "resource": {…}, "aliases": [], "ttl": "30s", "onDemand": true}`; so are those under any other type URL
 * as the key. On demand is what only those clients get who ask for it by name; `"resource": null` tells them that the
 * name does not exist.
 */
export function parseSnapshot(document: unknown, options: ParseOptions = {}): ParsedSnapshot {
  return atOnce(parseInSteps(document, options));
}

/**
 * The same in steps of less than a millisecond for all but very large resources, so that whoever runs them can do
 * something else in between. The resources may be texts, as `cutSnapshot` leaves them: one that was read before, for
 * whatever group, is found by its text. Throws a SyntaxError if one is not valid JSON.
 */
export function* parseInSteps(document: unknown, options: ParseOptions = {}): Generator<undefined, ParsedSnapshot> {
  const { previous } = options;
  const problems: Problem[] = [];
  const report = (code: string, path: string, message: string, hint?: string) => {
    problems.push({ severity: "error", code, path, message, ...(hint && { hint }) });
  };
  const { version, lists } = readDocument(document, report);
  const maps = new Map<string, ResourceMap>();
  for (const from of lists) {
    const { typeUrl } = from.type;
    const before = previous?.set(typeUrl).resources ?? SortedMap.empty();
    const blocks = blocksOf(from.list);
    // A type may stand there by its key and by its URL.
    const others = maps.get(typeUrl);
    const same = blocks === undefined || others !== undefined ? undefined : replaceBlocks(before, blocks);
    if (same !== undefined) {
      maps.set(typeUrl, same);
      continue;
    }
    const context = { report, problems, before, others };
    const read =
      blocks === undefined ? yield* readResources(from, context) : joinLists(blocks.map(({ resources }) => resources));
    const resources = isWhole(read) ? read : read.filter((resource) => resource !== undefined);
    const map =
      others?.with(resources.map((resource) => [resource.name, resource])) ?? before.replaceWith(resources, nameOf);
    if (map.size < (others?.size ?? 0) + resources.length) reportTwice(from, read, context);
    if (problems.length > 0) continue;
    maps.set(typeUrl, map);
    if (blocks !== undefined && others === undefined) noteOutline(map, blocks);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, snapshot: toSnapshotOfMaps(maps, version), problems };
}

type Report = (code: string, path: string, message: string, hint?: string) => void;

interface ResourceList {
  readonly type: ResourceType;
  readonly key: string;
  readonly list: readonly unknown[];
}

interface Document {
  readonly version: string | undefined;
  readonly lists: readonly ResourceList[];
}

const keys = resourceTypes.map(({ key }) => key).join(", ");

function readDocument(document: unknown, report: Report): Document {
  const nothing: Document = { version: undefined, lists: [] };
  if (!isRecord(document)) {
    report("wrong-type", "", `must be an object, not ${nameKind(document)}`, 'write {"resources": {"clusters": […]}}');
    return nothing;
  }
  const { version, resources, ...others } = document;
  for (const key of Object.keys(others)) {
    report("unknown-field", key, "unknown field", "a snapshot has version and resources");
  }
  if (version !== undefined && (!isText(version) || version === "")) {
    const hint = typeof version === "number" ? `write "${version}" in quotes` : undefined;
    report("wrong-type", "version", `must be text, not ${nameKind(version)}`, hint);
  }
  if (!isRecord(resources)) {
    report("wrong-type", "resources", `must be an object, not ${nameKind(resources)}`, `with lists such as ${keys}`);
    return nothing;
  }
  const lists = Object.entries(resources).flatMap(([key, list]) => readList(key, list, report));
  return { version: isText(version) ? version : undefined, lists };
}

function readList(key: string, list: unknown, report: Report): ResourceList[] {
  const type = resourceTypes.find((candidate) => candidate.key === key || candidate.typeUrl === key);
  if (type === undefined && !(key.includes("/") && isText(key))) {
    report("unknown-type", key, "unknown resource type", `the types are ${keys}, or a type URL`);
    return [];
  }
  if (list === null) return [];
  if (Array.isArray(list)) return [{ type: type ?? opaqueType(key), key, list }];
  report("wrong-type", key, `must be a list, not ${nameKind(list)}`);
  return [];
}

interface ReadContext {
  readonly report: Report;
  /** Those that were reported. */
  readonly problems: readonly Problem[];
  /** Where resources that have not changed are found again. */
  readonly before: ResourceMap;
  /** Of the same type, from another list. */
  readonly others: ResourceMap | undefined;
}

/** Undefined stands for one that is not good. */
function* readResources(
  { type, key, list }: ResourceList,
  context: ReadContext,
): Generator<undefined, readonly (Resource | undefined)[]> {
  const read: (Resource | undefined)[] = [];
  let steps = 0;
  for (const item of list) {
    if (++steps % itemsPerStep === 0) yield;
    if (item instanceof Block) read.push(...item.resources);
    else if (isResource(item) && item.typeUrl === type.typeUrl) read.push(item);
    else read.push(readItem(type, item, `${key}[${read.length}]`, context));
  }
  return read;
}

function isWhole(read: readonly (Resource | undefined)[]): read is readonly Resource[] {
  return !read.includes(undefined);
}

function reportTwice({ key }: ResourceList, resources: readonly (Resource | undefined)[], context: ReadContext): void {
  const indexOf = new Map<string, number>();
  for (const [index, resource] of resources.entries()) {
    if (resource === undefined) continue;
    const { name } = resource;
    const first = indexOf.get(name);
    if (first !== undefined || context.others?.has(name)) {
      const message = `is named "${name}", as ${first === undefined ? "one in another list" : `${key}[${first}]`} is`;
      context.report("duplicate-name", `${key}[${index}]`, message, "give each its own name");
    }
    indexOf.set(name, index);
  }
}

const itemsPerStep = 32;

function readItem(type: ResourceType, item: unknown, path: string, context: ReadContext): Resource | undefined {
  if (!(item instanceof JsonText)) return readResource(type, item, path, context);
  const digest = item.digest();
  const known = findByText(type.typeUrl, digest);
  if (known !== undefined) return known;
  const { problems } = context;
  const before = problems.length;
  const resource = readResource(type, item.parse(), path, context);
  // A mistake beside a good resource is to be told again the next time.
  if (resource !== undefined && problems.length === before) noteText(resource, digest);
  return resource;
}

function readResource(type: ResourceType, item: unknown, path: string, context: ReadContext): Resource | undefined {
  const { message, typeUrl } = type;
  const { report, before } = context;
  if (isRecord(item) && item.resource === null) return readMissing(type, item, path, report);
  const wrapper = isRecord(item) && "resource" in item ? item : undefined;
  const encoded = encodeJson(message, wrapper === undefined ? item : wrapper.resource, {
    path: wrapper === undefined ? path : `${path}.resource`,
  });
  if (!encoded.ok) {
    for (const problem of encoded.problems) report("invalid-resource", problem.path, problem.message, problem.hint);
    return undefined;
  }
  const wrapped = wrapper === undefined ? {} : readWrapper(wrapper, path, report);
  const name = wrapped.name ?? (message === lbEndpoint ? "" : readName(encoded.bytes));
  if (name === "") {
    report("missing-name", path, "has no name", 'write {"name": "…", "resource": {…}}');
    return undefined;
  }
  const init = { ...wrapped, typeUrl, name, body: encoded.bytes };
  const known = before.get(name);
  if (known !== undefined && isMadeOf(known, init)) return known;
  const crash = crashPath(message, encoded.bytes);
  if (crash === undefined) return toResource(init);
  report("envoy-crash", `${path}${crash}`, "makes Envoy crash", "use the sink streaming_admin or file_per_tap");
  return undefined;
}

function readMissing(
  { typeUrl }: ResourceType,
  wrapper: Readonly<Record<string, unknown>>,
  path: string,
  report: Report,
): Resource | undefined {
  const { name = "", aliases = [name], ...wrapped } = readWrapper(wrapper, path, report);
  if (name !== "") return toResource({ ...wrapped, typeUrl, name, aliases, onDemand: true });
  report("missing-name", path, "has no name", 'write {"name": "…", "resource": null}');
  return undefined;
}

const lbEndpoint = "envoy.config.endpoint.v3.LbEndpoint";

interface Wrapper {
  readonly name?: string;
  readonly aliases?: readonly string[];
  readonly ttlMs?: number;
  readonly onDemand?: boolean;
}

function readWrapper(wrapper: Readonly<Record<string, unknown>>, path: string, report: Report): Wrapper {
  const { resource, name, aliases, ttl, onDemand, ...others } = wrapper;
  for (const key of Object.keys(others)) {
    report(
      "unknown-field",
      `${path}.${key}`,
      "unknown field",
      "beside resource there are name, aliases, ttl and onDemand",
    );
  }
  const namesGiven = Array.isArray(aliases) && aliases.every(isText);
  const ttlMs = typeof ttl === "string" ? readTtl(ttl) : undefined;
  if (name !== undefined && !isText(name)) report("wrong-type", `${path}.name`, "must be text");
  if (aliases !== undefined && !namesGiven) report("wrong-type", `${path}.aliases`, "must be a list of names");
  if (ttl !== undefined && ttlMs === undefined) {
    const message = typeof ttl === "string" ? `"${ttl}" is not a time to live` : `must be text, not ${nameKind(ttl)}`;
    report("wrong-type", `${path}.ttl`, message, 'write seconds such as "30s" or "1.5s"');
  }
  return {
    ...(isText(name) && { name }),
    ...(namesGiven && { aliases }),
    ...(ttlMs !== undefined && { ttlMs }),
  };
}

function readTtl(text: string): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1];
  const ms = Number(seconds) * 1000;
  return ms > 0 ? ms : undefined;
}

/** A string that UTF-8 can carry, which half of a surrogate pair is not. */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameKind(value: unknown): string {
  if (value === undefined) return "left out";
  if (value === null) return "null";
  if (typeof value === "string" && !isText(value)) return "half of a surrogate pair";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
