import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "@chancery/envoy-api";
import { isObject, type Json } from "../explain/json.ts";
import { ownValue } from "../own-value.ts";

/** One operation of a patch, as the model has it. */
export interface Operation {
  readonly op: "add" | "replace" | "remove" | "merge";
  readonly path?: string;
  readonly value?: unknown;
}

/** A value as it is compared, and as it is written. */
interface Sides {
  /** Without what makes no difference. */
  readonly normal: JsonValue;
  readonly whole: JsonValue;
}

/**
 * The operations that make of one resource another. What makes no difference counts for nothing; lists of parts with names
 * are gone through by these, others by place.
 */
export function toOperations(before: Sides, after: Sides): readonly Operation[] {
  return simplify(compare(before, after, ""));
}

function compare(before: Sides, after: Sides, path: string): readonly Operation[] {
  if (isDeepStrictEqual(before.normal, after.normal)) return [];
  const [old, now] = [asObjects(before), asObjects(after)];
  if (old !== undefined && now !== undefined && isSameKind(old.normal, now.normal)) {
    return compareObjects(old, now, path);
  }
  const [oldList, nowList] = [asLists(before), asLists(after)];
  const list = oldList && nowList && compareLists(oldList, nowList, path);
  return list ?? [{ op: "replace", path, value: after.whole }];
}

function asObjects({ normal, whole }: Sides): ObjectSides | undefined {
  return isObject(normal) && isObject(whole) ? { normal, whole } : undefined;
}

function asLists({ normal, whole }: Sides): ListSides | undefined {
  return Array.isArray(normal) && Array.isArray(whole) ? { normal, whole } : undefined;
}

/** Whether it is worth to go on within: messages of other types have nothing in common. */
function isSameKind(before: Json, after: Json): boolean {
  return before["@type"] === after["@type"];
}

interface ObjectSides {
  readonly normal: Json;
  readonly whole: Json;
}

function compareObjects(before: ObjectSides, after: ObjectSides, path: string): readonly Operation[] {
  const merged = new Map<string, unknown>();
  const others: Operation[] = [];
  for (const key of new Set([...Object.keys(before.normal), ...Object.keys(after.normal)])) {
    const [old, oldWhole] = [ownValue(before.normal, key), ownValue(before.whole, key)];
    const [normal, whole] = [ownValue(after.normal, key), ownValue(after.whole, key)];
    const at = `${path}/${escapePart(key)}`;
    if (normal === undefined || whole === undefined) merged.set(key, null);
    else if (old === undefined || oldWhole === undefined) {
      // In a merge, null removes, and what is there already stays: such a value is added as it is.
      if (hasNull(whole) || oldWhole !== undefined) others.push({ op: "add", path: at, value: whole });
      else merged.set(key, whole);
    } else {
      for (const operation of compare({ normal: old, whole: oldWhole }, { normal, whole }, at)) {
        const isHere = operation.path === at;
        if (isHere && operation.op === "merge") merged.set(key, operation.value);
        else if (isHere && operation.op === "replace" && !isObject(operation.value)) merged.set(key, operation.value);
        else others.push(operation);
      }
    }
  }
  // What is here goes first: a path may lead through what it brings.
  if (merged.size === 0) return others;
  return [{ op: "merge", ...(path !== "" && { path }), value: Object.fromEntries(merged) }, ...others];
}

function hasNull(value: unknown): boolean {
  if (value === null) return true;
  return typeof value === "object" && Object.values(value).some(hasNull);
}

interface ListSides {
  readonly normal: readonly JsonValue[];
  readonly whole: readonly JsonValue[];
}

/** What becomes of the items one by one; undefined if the list is better replaced. */
function compareLists(before: ListSides, after: ListSides, path: string): readonly Operation[] | undefined {
  if (!before.normal.every(isObject) || !after.normal.every(isObject)) return undefined;
  const pairs = pairItems(before.normal, after.normal);
  const kept = pairs.filter((index) => index !== undefined);
  // Items that change places among each other are not worth to follow.
  if (kept.length === 0 || kept.some((index, i) => index < (kept[i - 1] ?? -1))) return undefined;
  const removed = before.normal.map((_, index) => index).filter((index) => !kept.includes(index));
  const removals = removed.toReversed().map((index): Operation => ({ op: "remove", path: `${path}/${index}` }));
  const rest = after.normal.flatMap((normal, index): readonly Operation[] => {
    const [from, whole] = [pairs[index], after.whole[index] ?? normal];
    const at = `${path}/${index}`;
    if (from === undefined) return [{ op: "add", path: at, value: whole }];
    const old = { normal: before.normal[from] ?? null, whole: before.whole[from] ?? null };
    return compare(old, { normal, whole }, at);
  });
  return [...removals, ...rest];
}

/** For each item the place of the one before that it was: the next with its name, or the one in its place if none has names. */
function pairItems(before: readonly Json[], after: readonly Json[]): readonly (number | undefined)[] {
  const isNamed = [...before, ...after].every(({ name }) => typeof name === "string");
  if (!isNamed) return before.length === after.length ? after.map((_, index) => index) : after.map(() => undefined);
  const free = before.map(({ name }, index) => ({ name, index }));
  return after.map(({ name }) => {
    const found = free.findIndex((item) => item.name === name);
    return found < 0 ? undefined : free.splice(found, 1)[0]?.index;
  });
}

/** A replacement of the whole is none that patches have, and is not needed for messages. */
function simplify(operations: readonly Operation[]): readonly Operation[] {
  return operations.map((operation) =>
    operation.op === "replace" && operation.path === "" ? { op: "merge", value: operation.value } : operation,
  );
}

function escapePart(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
