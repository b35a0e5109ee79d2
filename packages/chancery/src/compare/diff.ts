import { isDeepStrictEqual } from "node:util";
import { resourceTypes } from "@chancery/xds";
import { kinds } from "../model/kinds.ts";
import { withDurations } from "../model/written.ts";
import { diffFields, type FieldChange } from "./fields.ts";
import type { State, StateGroup, StateResource } from "./state.ts";

/** Something that is not the same before and after. */
export interface Change {
  readonly change: "added" | "removed" | "changed";
  /** The kind of the object, or the type of the resource. */
  readonly kind: string;
  readonly name: string;
  /** What of it is not the same; empty if that is not to be seen, as of a secret. */
  readonly fields: readonly FieldChange[];
}

export interface GroupDiff {
  readonly kind: StateGroup["kind"];
  readonly name: string;
  readonly change: Change["change"];
  readonly resources: readonly Change[];
}

/** What differs between two states. */
export interface Diff {
  readonly objects: readonly Change[];
  /** Fleets and nodes; those for which nothing differs are left out. */
  readonly groups: readonly GroupDiff[];
}

export function diffStates(before: State, after: State): Diff {
  const changed = pairs(before.objects, after.objects, ({ kind, name }) => `${kind}/${name}`).flatMap(([old, now]) => {
    const { kind, name } = now ?? old ?? { kind: "", name: "" };
    return isDeepStrictEqual(old?.value, now?.value)
      ? []
      : toChange({ kind, name }, asWritten(kind, old?.value), asWritten(kind, now?.value));
  });
  const groups = pairs(before.groups, after.groups, ({ kind, name }) => `${kind}/${name}`).flatMap(([old, now]) =>
    diffGroups(old, now),
  );
  const kindKeys: readonly string[] = kinds.map(({ key }) => key);
  return { objects: inOrderOf(kindKeys, changed), groups };
}

/** An object as a person reads it. */
function asWritten(kind: string, value: unknown): unknown {
  const schema = kinds.find(({ key }) => key === kind)?.schema;
  return schema === undefined || value === undefined ? value : withDurations(schema, value);
}

/** Whether nothing differs. */
export function isSame({ objects, groups }: Diff): boolean {
  return objects.length === 0 && groups.length === 0;
}

function diffGroups(before: StateGroup | undefined, after: StateGroup | undefined): readonly GroupDiff[] {
  const { kind, name } = after ?? before ?? { kind: "fleet" as const, name: "" };
  const resources = pairs(
    before?.resources ?? [],
    after?.resources ?? [],
    ({ type, name }) => `${type}/${name}`,
  ).flatMap(([old, now]) => diffResources(old, now));
  if (before !== undefined && after !== undefined && resources.length === 0) return [];
  const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
  return [{ kind, name, change, resources: inOrderOf(typeKeys, resources) }];
}

const typeKeys: readonly string[] = resourceTypes.map(({ key }) => key);

/** By kind; those of a kind as they come, and kinds that are not known last. */
function inOrderOf(kinds: readonly string[], changes: readonly Change[]): readonly Change[] {
  const rank = ({ kind }: Change) => (kinds.includes(kind) ? kinds.indexOf(kind) : kinds.length);
  return changes.toSorted((a, b) => rank(a) - rank(b));
}

function diffResources(before: StateResource | undefined, after: StateResource | undefined): readonly Change[] {
  const { type, name } = after ?? before ?? { type: "", name: "" };
  if (before === undefined || after === undefined) return toChange({ kind: type, name }, before, after);
  if (before.version === after.version) return [];
  return [{ change: "changed", kind: type, name, fields: diffFields(before.content, after.content) }];
}

function toChange(about: { readonly kind: string; readonly name: string }, before: unknown, after: unknown): Change[] {
  if (before === undefined) return [{ change: "added", ...about, fields: [] }];
  if (after === undefined) return [{ change: "removed", ...about, fields: [] }];
  const fields = diffFields(before, after);
  return fields.length === 0 ? [] : [{ change: "changed", ...about, fields }];
}

/** What belongs together: first in the order before, then what is new. */
function pairs<T>(
  before: readonly T[],
  after: readonly T[],
  keyOf: (item: T) => string,
): readonly (readonly [T | undefined, T | undefined])[] {
  const now = new Map(after.map((item) => [keyOf(item), item]));
  const old = new Map(before.map((item) => [keyOf(item), item]));
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].map((key) => [old.get(key), now.get(key)]);
}
