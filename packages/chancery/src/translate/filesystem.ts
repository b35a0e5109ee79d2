import { posix } from "node:path";
import { decodeToJson, encodeJson, formatProblem } from "@chancery/envoy-api";
import type { Bootstrap } from "../bootstrap/bootstrap.ts";
import { isRecord } from "../is-record.ts";
import type { ItemProblem } from "../model/model.ts";
import { isAggregated } from "./config-source.ts";
import { keepParts } from "./control-plane-parts.ts";
import type { Draft, DraftType } from "./draft.ts";
import { messages } from "./encode.ts";
import { frameOf, type StaticOptions } from "./static-bootstrap.ts";
import type { FleetTranslation } from "./translator.ts";

export interface FilesystemOptions extends StaticOptions {
  /** The folder as Envoy sees it: an absolute path. */
  readonly root: string;
}

/** What stands in one file. */
export interface ResourceFile {
  /** Within a version of the folder, such as `rds/public%2Fhttp.yaml`. */
  readonly path: string;
  /** A `DiscoveryResponse` as proto3 JSON. */
  readonly content: object;
  /** True if nobody else is to read it. */
  readonly secret: boolean;
}

export interface FilesystemExport {
  readonly bootstrap: Bootstrap;
  readonly files: readonly ResourceFile[];
  /** What is left out, since it needs a control plane. */
  readonly problems: readonly ItemProblem[];
}

/** The link to the version of the files that counts: replacing it is what Envoy watches for. */
export const currentLink = "current";

/**
 * All that the Envoys of a fleet get, as files that they watch.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/config_source.proto#config-core-v3-pathconfigsource
 */
export function toFilesystem({ fleet, drafts }: FleetTranslation, options: FilesystemOptions): FilesystemExport {
  const { root, nodeId = fleet.name, admin, controlPlane } = options;
  const kept = keepParts([...drafts.values()], { fleet, controlPlane });
  const byType = Map.groupBy(kept.drafts, ({ type }) => type);
  const whole = wholeTypes.map(([type, path]) => toFile(path, byType.get(type) ?? [], root));
  const single = [...folders.keys()].flatMap((type) =>
    (byType.get(type) ?? []).map((draft) => toFile(pathOf(type, draft.name), [draft], root)),
  );
  return {
    bootstrap: {
      ...frameOf({ nodeId, cluster: fleet.name, admin }),
      dynamicResources: { ldsConfig: toSource("lds.yaml", root), cdsConfig: toSource("cds.yaml", root) },
      ...(kept.clusters.length > 0 && { staticResources: { clusters: kept.clusters } }),
    },
    files: [...whole, ...single],
    problems: kept.problems,
  };
}

/** Envoy wants all of these in one file. */
const wholeTypes: readonly (readonly [DraftType, string])[] = [
  ["listeners", "lds.yaml"],
  ["clusters", "cds.yaml"],
];

/** These have a file each, so that one that changes is read alone. */
const folders: ReadonlyMap<DraftType, string> = new Map([
  ["endpoints", "eds"],
  ["routes", "rds"],
  ["secrets", "sds"],
  ["extensionConfigs", "ecds"],
]);

function pathOf(type: DraftType, name: string): string {
  return `${folders.get(type)}/${encodeURIComponent(name)}.yaml`;
}

function toFile(path: string, drafts: readonly Draft[], root: string): ResourceFile {
  const resources = drafts.map(({ type, name, json }) => toResource(messages[type], name, watch(json, root) as object));
  return { path, content: { resources }, secret: drafts.some(({ type }) => type === "secrets") };
}

/** By the field names of the proto files, as people know them from Envoy's documentation. */
function toResource(message: string, name: string, json: object): object {
  const encoded = encodeJson(message, json);
  if (!encoded.ok) {
    const [problem] = encoded.problems;
    throw new TypeError(`Cannot write "${name}" for a folder: ${problem && formatProblem(problem)}`);
  }
  return { "@type": `type.googleapis.com/${message}`, ...(decodeToJson(message, encoded.bytes) as object) };
}

/** A copy in which what comes over ADS comes from a file. */
function watch(value: unknown, root: string): unknown {
  if (Array.isArray(value)) return value.map((item) => watch(item, root));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (key === "configDiscovery" && isRecord(part) && isAggregated(part.configSource)) {
        const configSource = toSource(pathOf("extensionConfigs", String(value.name)), root);
        return [key, { ...part, configSource }];
      }
      const reference = references.find(({ source }) => source === key);
      const name = reference && isAggregated(part) ? reference.nameOf(value) : undefined;
      if (reference === undefined || name === undefined) return [key, watch(part, root)];
      return [key, toSource(pathOf(reference.type, name), root)];
    }),
  );
}

interface Reference {
  /** The field that says where a resource comes from. */
  readonly source: string;
  readonly type: DraftType;
  /** The name of the resource, from what the field stands in. */
  nameOf(parent: Readonly<Record<string, unknown>>): string | undefined;
}

const references: readonly Reference[] = [
  { source: "edsConfig", type: "endpoints", nameOf: ({ serviceName }) => toText(serviceName) },
  { source: "configSource", type: "routes", nameOf: ({ routeConfigName }) => toText(routeConfigName) },
  { source: "sdsConfig", type: "secrets", nameOf: ({ name }) => toText(name) },
];

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function toSource(path: string, root: string): object {
  const file = posix.join(root, currentLink, path);
  return { resourceApiVersion: "V3", pathConfigSource: { path: file, watchedDirectory: { path: root } } };
}
