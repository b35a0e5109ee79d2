import { type Resource, resourceTypes, type Snapshot, type Variant } from "@chancery/xds";
import type { Change, GroupDiff } from "./diff.ts";
import { type ListenerEffect, listenerEffect } from "./listener-effect.ts";
import type { StateGroup } from "./state.ts";

/** A stream of a node that a change reaches. */
export interface Stream {
  readonly node: string;
  readonly variant: Variant;
  /** The types that it has asked for, such as `clusters`. */
  readonly types: readonly string[];
}

/** What a change does to the nodes of a group. */
export interface Blast {
  readonly kind: StateGroup["kind"];
  readonly name: string;
  readonly nodes: readonly string[];
  /** The bytes of the resources that a stream with all types is sent, by variant. */
  readonly bytesPerNode: Readonly<Record<Variant, number>>;
  /** The same for all streams there are, each in its variant and with its types. */
  readonly bytes: number;
  /** Listeners whose connections drain, all or some. */
  readonly drains: readonly { readonly listener: string; readonly effect: Exclude<ListenerEffect, { kind: "none" }> }[];
  /** Clusters that are warmed again, and whose connections are replaced. */
  readonly rewarmed: readonly string[];
}

export interface BlastContext {
  readonly before: StateGroup | undefined;
  readonly after: StateGroup | undefined;
  /** What the group gets; undefined if it is gone. */
  readonly snapshot: Snapshot | undefined;
  readonly streams: readonly Stream[];
}

export function toBlast({ kind, name, resources }: GroupDiff, context: BlastContext): Blast {
  const { before, after, snapshot, streams } = context;
  const sizes = (variant: Variant, types: readonly string[]) => sumOf(resources, { variant, types, snapshot });
  const all = resourceTypes.map(({ key }) => key);
  const contentOf = (group: StateGroup | undefined, listener: string) =>
    group?.resources.find((resource) => resource.type === "listeners" && resource.name === listener)?.content;
  return {
    kind,
    name,
    nodes: [...new Set(streams.map(({ node }) => node))].sort(),
    bytesPerNode: { sotw: sizes("sotw", all), delta: sizes("delta", all) },
    bytes: streams.reduce((sum, { variant, types }) => sum + sizes(variant, types), 0),
    drains: resources.flatMap((change) => {
      if (change.kind !== "listeners" || change.change === "added") return [];
      const effect: ListenerEffect =
        change.change === "removed"
          ? { kind: "all", why: "it is removed" }
          : listenerEffect(contentOf(before, change.name), contentOf(after, change.name));
      return effect.kind === "none" ? [] : [{ listener: change.name, effect }];
    }),
    rewarmed: resources
      .filter((each) => each.kind === "clusters" && each.change === "changed")
      .map((each) => each.name),
  };
}

interface Size {
  readonly variant: Variant;
  readonly types: readonly string[];
  readonly snapshot: Snapshot | undefined;
}

/** The bytes of all responses, but for what stands in them once. */
function sumOf(changes: readonly Change[], { variant, types, snapshot }: Size): number {
  return resourceTypes
    .filter(({ key }) => types.includes(key))
    .map(({ key, typeUrl, complete }) => {
      const ofType = changes.filter(({ kind }) => kind === key);
      const map = snapshot?.set(typeUrl).resources;
      const names = new Set(ofType.filter(({ change }) => change !== "removed").map(({ name }) => name));
      // The endpoints of a cluster follow it whenever it changes.
      if (key === "endpoints") for (const { kind, name } of changes) if (kind === "clusters") names.add(name);
      if (ofType.length === 0 && names.size === 0) return 0;
      if (variant === "sotw" && complete) return sum([...(map ?? [])].map(sotwSize));
      const sent = [...names].flatMap((name) => map?.get(name) ?? []);
      if (variant === "sotw") return sum(sent.map(sotwSize));
      const removed = ofType
        .filter(({ change }) => change === "removed")
        .map(({ name }) => Buffer.byteLength(name) + 2);
      return sum([...sent.map(deltaSize), ...removed]);
    })
    .reduce((total, size) => total + size, 0);
}

function sotwSize({ length, anyStart }: Resource): number {
  return length - anyStart;
}

function deltaSize({ length }: Resource): number {
  return length;
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0);
}
