import { decodeToJson, type JsonValue } from "@chancery/envoy-api";
import type { Problem } from "../resource/problem.ts";
import { bodyOf, hasBody, type Resource } from "../resource/resource.ts";
import { clusters, endpoints, keyOf, type ResourceType, routes, secrets, typeOf } from "../resource/type.ts";
import { atOnce } from "./at-once.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Says what a snapshot's resources refer to and the snapshot does not have: warnings, since it may come from elsewhere,
 * such as Envoy's bootstrap. Each resource is read once, however many snapshots it stands in.
 */
export function checkReferences(snapshot: Snapshot): Problem[] {
  return atOnce(checkReferencesInSteps(snapshot));
}

/** The same, a step a resource: of a large snapshot it takes a while. */
export function* checkReferencesInSteps(snapshot: Snapshot): Generator<undefined, Problem[]> {
  const problems: Problem[] = [];
  for (const { typeUrl, resources } of snapshot.sets) {
    for (const resource of resources) {
      for (const { to, name, path } of referencesOf(resource)) {
        if (snapshot.set(to.typeUrl).resources.has(name)) continue;
        problems.push(toProblem(`${keyOf(typeUrl)} "${resource.name}"${path}`, to, name));
      }
      yield;
    }
  }
  return problems;
}

interface Reference {
  readonly to: ResourceType;
  readonly name: string;
  /** Where in the resource. */
  readonly path: string;
}

function toProblem(path: string, { key }: ResourceType, name: string): Problem {
  return { severity: "warning", code: "dangling-reference", path, message: `the snapshot has no "${name}" in ${key}` };
}

const known = new WeakMap<Resource, readonly Reference[]>();

function referencesOf(resource: Resource): readonly Reference[] {
  const before = known.get(resource);
  if (before !== undefined) return before;
  const type = typeOf(resource.typeUrl);
  const references = type === undefined || !hasBody(resource) ? [] : readReferences(resource, type);
  known.set(resource, references);
  return references;
}

function readReferences(resource: Resource, type: ResourceType): Reference[] {
  const message = decodeToJson(type.message, bodyOf(resource));
  const found: Reference[] = [];
  visit(message, "", (parent, path) => {
    for (const { key, at, to, if: applies = () => true } of rules) {
      const name = parent[key];
      if (typeof name === "string" && name !== "" && at.test(path) && applies(parent)) {
        found.push({ to, name, path: `${path}.${key}` });
      }
    }
  });
  if (type === clusters && isRecord(message) && isRecord(message.eds_cluster_config)) {
    const { service_name: name } = message.eds_cluster_config;
    found.push({ to: endpoints, name: typeof name === "string" ? name : resource.name, path: ".eds_cluster_config" });
  }
  return found;
}

interface Rule {
  /** The field that holds the name, and what the path of its message ends with. */
  readonly key: string;
  readonly at: RegExp;
  readonly to: ResourceType;
  readonly if?: (parent: Readonly<Record<string, JsonValue>>) => boolean;
}

const rules: readonly Rule[] = [
  { key: "cluster", at: /\.route$/, to: clusters },
  { key: "cluster", at: /\.request_mirror_policies\[\d+\]$/, to: clusters },
  { key: "name", at: /\.weighted_clusters\.clusters\[\d+\]$/, to: clusters },
  { key: "cluster", at: /\.typed_config$/, to: clusters },
  { key: "cluster_name", at: /\.envoy_grpc$/, to: clusters },
  { key: "route_config_name", at: /\.rds$/, to: routes },
  { key: "route_configuration_name", at: /^$/, to: routes },
  {
    key: "name",
    at: /sds_secret_configs?(\[\d+\])?$|sds_config$/,
    to: secrets,
    if: ({ sds_config }) => isRecord(sds_config),
  },
];

type Visitor = (parent: Readonly<Record<string, JsonValue>>, path: string) => void;

function visit(value: JsonValue, path: string, visitor: Visitor): void {
  if (Array.isArray(value)) {
    for (const [i, child] of value.entries()) visit(child, `${path}[${i}]`, visitor);
  } else if (isRecord(value)) {
    visitor(value, path);
    for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`, visitor);
  }
}

function isRecord(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
