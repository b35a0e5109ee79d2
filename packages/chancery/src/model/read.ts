import { isDeepStrictEqual } from "node:util";
import type { Problem } from "@chancery/xds";
import { isRecord } from "../is-record.ts";
import { ownValue } from "../own-value.ts";
import type { Entry } from "./collect.ts";
import { check } from "./issues.ts";
import { join } from "./join.ts";
import type { Kind, Parts } from "./kinds.ts";
import type { Item } from "./model.ts";

/** What became of one entry. */
export interface Reading {
  /** What was read. */
  readonly content: unknown;
  /** Undefined if nothing of it can be used. */
  readonly item: Item | undefined;
  /** The content that the item is made of, which is not all there is while there are problems. */
  readonly used: unknown;
  readonly problems: readonly Problem[];
}

/**
 * Reads an entry. Parts of it that are wrong, or all of it, are as they were when they were last right (`lastUsed`);
 * and where they never were, they are left out, or something stands in for them: rules answer with the reason.
 */
export function readEntry(entry: Entry, last: Reading | undefined, lastUsed: unknown = last?.used): Reading {
  if (last !== undefined && isSame(last.content, entry.content)) return last;
  const { kind, name, content } = entry;
  const path = join(kind.key, name);
  const whole = check(kind.schema, content, path);
  if (whole.ok) return { content, used: content, problems: none, item: toItem(kind, name, whole.value) };
  const used = kind.parts && repairParts(kind.parts, content, { path, lastUsed });
  const repaired = used === undefined ? undefined : check(kind.schema, used, path);
  if (repaired?.ok) return { content, used, problems: whole.problems, item: toItem(kind, name, repaired.value) };
  const before = lastUsed === undefined ? undefined : check(kind.schema, lastUsed, path);
  if (before?.ok) {
    const item = last?.used === lastUsed && last?.item ? last.item : toItem(kind, name, before.value);
    return { content, used: lastUsed, problems: whole.problems, item };
  }
  const instead = kind.instead?.(content);
  const stand = instead === undefined ? undefined : check(kind.schema, instead, path);
  // It is not what was ever good, so that it is not used again.
  return {
    content,
    used: undefined,
    problems: whole.problems,
    item: stand?.ok ? toItem(kind, name, stand.value) : undefined,
  };
}

function isSame(a: unknown, b: unknown): boolean {
  // Most objects are the same, which is quicker to see.
  return a === b || isDeepStrictEqual(a, b);
}

// Most have none.
const none: readonly never[] = [];

function toItem(kind: Kind, name: string, value: unknown): Item {
  // The schema of the kind has made the value, which is all that an item's type says.
  return { kind: kind.key, name, value } as Item;
}

interface Repair {
  readonly path: string;
  readonly lastUsed: unknown;
}

/** The content with each wrong part replaced; undefined if it has no parts to speak of. */
function repairParts({ key, singular, schema, instead }: Parts, content: unknown, { path, lastUsed }: Repair): unknown {
  const parts = recordAt(content, key);
  if (parts === undefined) return undefined;
  const before = recordAt(lastUsed, key);
  const repaired = new Map<string, unknown>();
  for (const [name, part] of Object.entries(parts)) {
    const place = join(join(path, key), name);
    const checked = check(schema, part, place);
    const stand = checked.ok
      ? part
      : (ownValue(before, name) ?? instead?.(part, `The ${singular} ${place} is not valid`));
    if (stand !== undefined) repaired.set(name, stand);
  }
  return { ...(content as object), [key]: Object.fromEntries(repaired) };
}

function recordAt(content: unknown, key: string): Readonly<Record<string, unknown>> | undefined {
  const value = isRecord(content) ? content[key] : undefined;
  return isRecord(value) ? value : undefined;
}
