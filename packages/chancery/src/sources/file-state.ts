import { extname } from "node:path";
import type { Blocks } from "../documents/blocks.ts";
import type { Document, LocatedProblem } from "../documents/document.ts";
import { type Parsed, parseDocuments } from "../documents/parse.ts";
import { type FileText, isSameFile } from "./file-text.ts";

/** What is believed of one file. */
export interface FileState {
  readonly stamp?: string;
  readonly text?: string;
  /** What the text was read with; see `readBlocks`. */
  readonly blocks?: Blocks | undefined;
  /** The last good ones. */
  readonly documents: readonly Document[];
  readonly problems: readonly LocatedProblem[];
  /** Something was seen that may be a write half done: it is not believed before it has stayed so for a while. */
  readonly doubt?: Doubt;
}

interface Doubt {
  readonly what: string;
  readonly sinceMs: number;
}

/**
 * Takes in what was read of a file; undefined when the file is gone. Editors and scripts delete, cut and rewrite files
 * in several steps. So a file that is gone, broken or shorter than before keeps its last good documents until it has
 * been like that for `doubtMs`.
 */
export function nextFileState(last: FileState | undefined, read: FileText, at: Moment): FileState | undefined {
  if (read.kind === "same" || (read.kind === "text" && read.text === last?.text)) return recall(last, read);
  const parsed = read.kind === "gone" ? undefined : toParsed(read, at.origin, last?.blocks);
  if (last !== undefined && isDoubtful(last, read, parsed)) {
    const what = read.kind === "gone" ? read.kind : read.stamp;
    const doubt = last.doubt?.what === what ? last.doubt : { what, sinceMs: at.nowMs };
    if (at.nowMs - doubt.sinceMs < at.doubtMs) return { ...last, doubt };
  }
  if (parsed === undefined || read.kind === "gone") return undefined;
  const text = read.kind === "text" ? { text: read.text } : {};
  return parsed.ok
    ? { stamp: read.stamp, ...text, blocks: parsed.blocks, documents: parsed.documents, problems: [] }
    : { stamp: read.stamp, ...text, blocks: last?.blocks, documents: last?.documents ?? [], problems: parsed.problems };
}

export interface Moment {
  /** The path as the user would write it. */
  readonly origin: string;
  readonly nowMs: number;
  readonly doubtMs: number;
}

/** The file is as it was last believed, so whatever was in doubt did not last. */
function recall(last: FileState | undefined, read: FileText): FileState | undefined {
  if (last === undefined) return undefined;
  const { doubt: _, ...believed } = last;
  return read.kind === "text" ? { ...believed, stamp: read.stamp } : believed;
}

function isDoubtful(last: FileState, read: FileText, parsed: Parsed | undefined): boolean {
  if (read.kind !== "text" || !parsed?.ok) return true;
  // What was put in its place by a rename was whole before.
  return read.text.length < (last.text?.length ?? 0) && isSameFile(read.stamp, last.stamp);
}

function toParsed(
  read: Exclude<FileText, { kind: "gone" | "same" }>,
  origin: string,
  blocks: Blocks | undefined,
): Parsed {
  if (read.kind === "unreadable") return failed(origin, "file-unreadable", `cannot be read: ${read.why}`);
  const parsed = parseDocuments(read.text, { origin, format: extname(origin) === ".json" ? "json" : "yaml", blocks });
  if (!parsed.ok || parsed.documents.length > 0) return parsed;
  return failed(origin, "file-empty", "has no document in it; delete the file to remove what it configured");
}

function failed(origin: string, code: string, message: string): Parsed {
  return { ok: false, problems: [{ path: "", message, severity: "error", code, origin }] };
}
