import { formatProblem } from "@chancery/envoy-api";
import { matchesGlob } from "../glob.ts";
import { isRecord } from "../is-record.ts";
import type { Item, ItemProblem, Items } from "../model/model.ts";
import type { Patch, PatchOperation } from "../model/patch.ts";
import type { Draft } from "./draft.ts";
import { encodeDraft } from "./encode.ts";
import { memo } from "./memo.ts";

export interface PatchContext {
  readonly fleet: string;
  readonly patches: Items<"patches">;
}

export interface Patched {
  readonly drafts: readonly Draft[];
  readonly problems: readonly ItemProblem[];
}

/** Applies patches in the order of the documents. One that fits nothing, or cannot be applied, changes nothing and is a problem. */
export function patchDrafts(drafts: readonly Draft[], { fleet, patches }: PatchContext): Patched {
  const problems: ItemProblem[] = [];
  let patched = drafts;
  for (const patch of patches.values()) {
    const { target } = patch.value;
    if (target.fleets !== undefined && !target.fleets.includes(fleet)) continue;
    const isTarget = ({ type, name }: Draft) => type === target.type && matchesGlob(name, target.name);
    const results = patched.filter(isTarget).map((draft) => ({ draft, result: patchDraft(draft, patch) }));
    if (results.length === 0) problems.push({ item: patch, problem: toMissing(patch.value, fleet, patched) });
    const failures = results.flatMap(({ result }) => (result.ok ? [] : [result.problem]));
    problems.push(...failures.map((problem) => ({ item: patch, problem })));
    if (failures.length > 0) continue;
    const changed = new Map(
      results.flatMap(({ draft, result }) => (result.ok ? [[draft, result.draft] as const] : [])),
    );
    patched = patched.map((draft) => changed.get(draft) ?? draft);
  }
  return { drafts: patched, problems };
}

type PatchResult =
  | { readonly ok: true; readonly draft: Draft }
  | { readonly ok: false; readonly problem: ItemProblem["problem"] };

/** The same draft and patch give the same result, so that what did not change is not encoded again. */
const patchDraft: (draft: Draft, patch: Item<"patches">) => PatchResult = memo((draft, patch) => {
  let json: unknown = draft.json;
  for (const [index, operation] of patch.value.operations.entries()) {
    try {
      json = applyOperation(json, operation);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      const message = `cannot be applied to ${draft.type} "${draft.name}": ${error.message}`;
      const path = `operations[${index}]`;
      return { ok: false, problem: { severity: "error", code: "patch-failed", path, message } };
    }
  }
  // An operation on an object leaves an object: pointers have at least one part, and merges merge objects.
  const patched: Draft = { ...draft, json: json as object, from: [...draft.from, patch] };
  const encoded = encodeDraft(patched);
  // What was wrong before is not the patch's fault, and may be what another one mends.
  if (encoded.ok || !encodeDraft(draft).ok) return { ok: true, draft: patched };
  const [problem] = encoded.problems;
  const message = `makes ${draft.type} "${draft.name}" what Envoy would refuse: ${problem ? formatProblem(problem) : ""}`;
  const path = patch.value.operations.length === 1 ? "operations[0]" : "operations";
  return { ok: false, problem: { severity: "error", code: "patch-failed", path, message } };
});

function toMissing({ target }: Patch, fleet: string, drafts: readonly Draft[]): ItemProblem["problem"] {
  const names = drafts.filter(({ type }) => type === target.type).map(({ name }) => name);
  const some = names.slice(0, 5).join(", ");
  return {
    severity: "error",
    code: "patch-without-target",
    path: "target.name",
    message: `fleet "${fleet}" has no ${target.type} that "${target.name}" fits`,
    hint: names.length === 0 ? `it has no ${target.type} at all` : `it has ${some}${names.length > 5 ? ", …" : ""}`,
  };
}

class PatchError extends Error {}

/** The value with one operation of JSON Patch (https://datatracker.ietf.org/doc/html/rfc6902) applied; it stays as it is itself. */
function applyOperation(value: unknown, operation: PatchOperation): unknown {
  const parts = operation.path === undefined ? [] : operation.path.slice(1).split("/").map(unescapePart);
  return changeAt(value, parts, operation, operation.path ?? "");
}

function unescapePart(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

function changeAt(
  value: unknown,
  [part, ...rest]: readonly string[],
  operation: PatchOperation,
  pointer: string,
): unknown {
  if (part === undefined) return applyHere(value, operation, pointer);
  if (Array.isArray(value)) return changeInList(value, [part, ...rest], operation, pointer);
  if (!isRecord(value)) throw new PatchError(`${pointer} leads into what is no object and no list`);
  const key = keyIn((name) => Object.hasOwn(value, name), part);
  const isThere = Object.hasOwn(value, key);
  if (rest.length === 0 && operation.op === "add") return { ...value, [key]: operation.value };
  if (rest.length === 0 && operation.op === "merge") return { ...value, [key]: merge(value[key], operation.value) };
  if (!isThere) throw new PatchError(`there is no "${part}" at ${pointer}`);
  if (rest.length === 0 && operation.op === "remove") {
    const { [key]: _, ...others } = value;
    return others;
  }
  return { ...value, [key]: changeAt(value[key], rest, operation, pointer) };
}

function changeInList(
  list: readonly unknown[],
  [part = "", ...rest]: readonly string[],
  operation: PatchOperation,
  pointer: string,
): unknown {
  const index = part === "-" ? list.length : /^(0|[1-9]\d*)$/.test(part) ? Number(part) : Number.NaN;
  const isAdd = rest.length === 0 && operation.op === "add";
  if (!(index < list.length + (isAdd ? 1 : 0))) throw new PatchError(`there is no item "${part}" at ${pointer}`);
  if (isAdd) return list.toSpliced(index, 0, operation.value);
  if (rest.length === 0 && operation.op === "remove") return list.toSpliced(index, 1);
  return list.with(index, changeAt(list[index], rest, operation, pointer));
}

function applyHere(value: unknown, operation: PatchOperation, pointer: string): unknown {
  if (operation.op === "replace") return operation.value;
  if (operation.op === "merge") return merge(value, operation.value);
  if (operation.op === "test") {
    if (JSON.stringify(sorted(value)) !== JSON.stringify(sorted(operation.value))) {
      throw new PatchError(`${pointer} is ${JSON.stringify(value)}, not ${JSON.stringify(operation.value)}`);
    }
    return value;
  }
  throw new PatchError(`${operation.op} does not apply to a whole resource`);
}

/** https://datatracker.ietf.org/doc/html/rfc7396 */
function merge(value: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = new Map<string, unknown>(isRecord(value) ? Object.entries(value) : []);
  for (const [part, content] of Object.entries(patch)) {
    const key = keyIn((name) => merged.has(name), part);
    if (content === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), content));
  }
  return Object.fromEntries(merged);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

/** Proto3 JSON spells a field in two ways: what is there counts, however it is spelled. */
function keyIn(has: (name: string) => boolean, part: string): string {
  if (has(part)) return part;
  const camel = part.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  if (has(camel)) return camel;
  const snake = part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return has(snake) ? snake : part;
}
