import { isDeepStrictEqual } from "node:util";
import { isRecord } from "../is-record.ts";
import { ownValue } from "../own-value.ts";

/** One field that differs. Left out is what is not there. */
export interface FieldChange {
  /** Such as `rules.api.timeout`, or `virtual_hosts[shop].routes[shop#api].name` for parts that have names. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What differs between two values that are JSON, field by field. Parts of a list with names are told apart by these. */
export function diffFields(before: unknown, after: unknown, path = ""): readonly FieldChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => diffFields(ownValue(before, key), ownValue(after, key), join(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

function diffLists(before: readonly unknown[], after: readonly unknown[], path: string): readonly FieldChange[] {
  const [old, now] = [named(before), named(after)];
  if (old === undefined || now === undefined) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => diffFields(before[index], after[index], `${path}[${index}]`)).flat();
  }
  const names = new Set([...old.keys(), ...now.keys()]);
  const changes = [...names].flatMap((name) => diffFields(old.get(name), now.get(name), `${path}[${name}]`));
  const common = (list: ReadonlyMap<string, unknown>) =>
    [...list.keys()].filter((name) => old.has(name) && now.has(name));
  const [orderBefore, orderAfter] = [common(old), common(now)];
  if (isDeepStrictEqual(orderBefore, orderAfter)) return changes;
  return [...changes, { path: `${path}: order`, before: orderBefore, after: orderAfter }];
}

/** The parts of a list by their names; undefined if not all of them have one of their own. */
function named(list: readonly unknown[]): ReadonlyMap<string, unknown> | undefined {
  const byName = new Map<string, unknown>();
  for (const item of list) {
    const name = isRecord(item) ? item.name : undefined;
    if (typeof name !== "string" || byName.has(name)) return undefined;
    byName.set(name, item);
  }
  return byName;
}

function join(path: string, key: string): string {
  const part = /^[\w@-]+$/.test(key) ? key : JSON.stringify(key);
  return path === "" ? part : `${path}.${part}`;
}
