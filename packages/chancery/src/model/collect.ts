import type { Problem } from "@chancery/xds";
import { suggest } from "../cli/suggest.ts";
import { type Document, formatPlace } from "../documents/document.ts";
import { isRecord } from "../is-record.ts";
import { join } from "./issues.ts";
import { type Kind, kinds } from "./kinds.ts";
import { keyOf, type Place } from "./model.ts";
import { name as nameSchema } from "./values.ts";

/** One object as it was received. */
export interface Entry extends Place {
  readonly kind: Kind;
  readonly name: string;
  readonly content: unknown;
}

/** What documents hold, and what is wrong with how it stands there. */
export interface Collected {
  readonly documents: readonly Document[];
  /** All objects by key, in the order of the documents; of those that are where they were, only the ones that differ. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Whether all other objects are as last time. */
  readonly isPartial: boolean;
  readonly found: readonly Found[];
}

/** A problem, and the document that has it. */
export interface Found {
  readonly problem: Problem;
  readonly document: Document;
}

/** Whether a document holds objects of the model, rather than Envoy's own resources for a node. */
export function isModelDocument({ content }: Document): boolean {
  return isRecord(content) && !("node" in content) && !("resources" in content);
}

/** Takes documents apart. An object that is there twice is the first document's. */
export function collect(documents: readonly Document[], last?: Pick<Collected, "documents" | "found">): Collected {
  return (last && replaceDocuments(documents, last)) ?? collectAll(documents);
}

function collectAll(documents: readonly Document[]): Collected {
  const entries = new Map<string, Entry>();
  const found: Found[] = [];
  for (const document of documents) {
    const parts = partsOf(document);
    found.push(...parts.found);
    for (const [key, entry] of parts.entries) {
      const first = entries.get(key);
      if (first === undefined) entries.set(key, entry);
      else found.push({ problem: toDuplicate(entry, first), document });
    }
  }
  return { documents, entries, isPartial: false, found };
}

/** What mostly happens: documents stand where they stood, and those that changed have objects of the same names. */
function replaceDocuments(
  documents: readonly Document[],
  last: Pick<Collected, "documents" | "found">,
): Collected | undefined {
  // An object that is there twice is the first document's, so that one cannot be looked at alone.
  if (documents.length !== last.documents.length || last.found.length !== countFound(last.documents)) return undefined;
  const entries = new Map<string, Entry>();
  for (const [index, document] of documents.entries()) {
    const before = last.documents[index];
    if (before === document || before === undefined) continue;
    const [was, is] = [partsOf(before).entries, partsOf(document).entries];
    if (was.length !== is.length) return undefined;
    for (const [at, [key, entry]] of is.entries()) {
      if (was[at]?.[0] !== key) return undefined;
      entries.set(key, entry);
    }
  }
  return { documents, entries, isPartial: true, found: documents.flatMap((document) => partsOf(document).found) };
}

function countFound(documents: readonly Document[]): number {
  return documents.reduce((count, document) => count + partsOf(document).found.length, 0);
}

interface Parts {
  /** With their keys. */
  readonly entries: readonly (readonly [key: string, entry: Entry])[];
  readonly found: readonly Found[];
}

/** A document that did not change is not taken apart again. */
const known = new WeakMap<Document, Parts>();

function partsOf(document: Document): Parts {
  let parts = known.get(document);
  if (parts === undefined) {
    parts = split(document);
    known.set(document, parts);
  }
  return parts;
}

function split(document: Document): Parts {
  const entries: [string, Entry][] = [];
  const found: Found[] = [];
  const error = (code: string, path: string, message: string, hint?: string) =>
    found.push({ problem: { severity: "error", code, path, message, ...(hint !== undefined && { hint }) }, document });
  const { content } = document;
  if (!isRecord(content)) {
    error("wrong-type", "", "a document must be an object", `with ${kinds.map(({ key }) => key).join(", ")}`);
    return { entries, found };
  }
  for (const [key, objects] of Object.entries(content)) {
    const kind = kinds.find((candidate) => candidate.key === key);
    if (kind === undefined) {
      const words = kinds.map((candidate) => candidate.key);
      const meant = suggest(key, words);
      error(
        "unknown-kind",
        key,
        `there is no kind "${key}"`,
        meant === undefined ? `there are ${words.join(", ")}` : `did you mean "${meant}"?`,
      );
    } else if (objects === null) {
      // `routes:` with nothing below it.
    } else if (!isRecord(objects)) {
      error("wrong-type", key, `must be an object with a ${kind.singular} under each name`);
    } else {
      for (const [name, value] of Object.entries(objects)) {
        const path = join(key, name);
        const named = nameSchema.safeParse(name);
        if (named.success) entries.push([keyOf(kind.key, name), { kind, name, content: value, document, path }]);
        else error("wrong-name", path, `the name "${name}" ${named.error.issues[0]?.message ?? "is not valid"}`);
      }
    }
  }
  return { entries, found };
}

function toDuplicate({ kind, name, path }: Entry, first: Entry): Problem {
  const place = formatPlace(first.document.origin, first.document.positions()(first.path));
  return {
    severity: "error",
    code: "duplicate-name",
    path,
    message: `${kind.singular} "${name}" is in ${place} already, which keeps it`,
    hint: "give one of them another name",
  };
}
