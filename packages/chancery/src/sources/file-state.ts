import { extname } from "node:path";
import type { Blocks } from "../documents/blocks.ts";
import type { Document, LocatedProblem, Position } from "../documents/document.ts";
import { type Parsed, parseDocuments } from "../documents/parse.ts";
import { isRecord } from "../is-record.ts";
import { isModelDocument } from "../model/sections.ts";
import { type FileText, isSameFile } from "./file-text.ts";

/** What is believed of one file. */
export interface FileState {
  readonly stamp?: string;
  readonly text?: string;
  /** While the text is not good: the last one that was. */
  readonly goodText?: string | undefined;
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
  /** How long it has to stay so. */
  readonly forMs: number;
}

/**
 * Takes in what was read of a file; undefined when the file is gone. Editors and scripts delete, cut and rewrite files
 * in several steps. So a file that is gone, broken or shorter than before keeps its last good documents until it has
 * been like that for `doubtMs`; and for `cutMs` if it seems that the rest of it is still to come.
 */
export function nextFileState(last: FileState | undefined, read: FileText, at: Moment): FileState | undefined {
  if (read.kind === "same" || (read.kind === "text" && read.text === last?.text)) return recall(last, read);
  const parsed = read.kind === "gone" ? undefined : toParsed(read, at.origin, last?.blocks);
  const forMs = last === undefined ? 0 : doubtfulForMs(last, { read, parsed }, at);
  if (last !== undefined && forMs > 0) {
    const what = read.kind === "gone" ? read.kind : read.stamp;
    const doubt = last.doubt?.what === what ? last.doubt : { what, sinceMs: at.nowMs, forMs };
    if (at.nowMs - doubt.sinceMs < doubt.forMs) return { ...last, doubt };
  }
  if (parsed === undefined || read.kind === "gone") return undefined;
  const text = read.kind === "text" ? { text: read.text } : {};
  return parsed.ok
    ? { stamp: read.stamp, ...text, blocks: parsed.blocks, documents: parsed.documents, problems: [] }
    : {
        ...{ stamp: read.stamp, ...text, problems: parsed.problems },
        ...{ blocks: last?.blocks, documents: last?.documents ?? [], goodText: last && goodTextOf(last) },
      };
}

export interface Moment {
  /** The path as the user would write it. */
  readonly origin: string;
  readonly nowMs: number;
  readonly doubtMs: number;
  readonly cutMs: number;
}

/** The file is as it was last believed, so whatever was in doubt did not last. */
function recall(last: FileState | undefined, read: FileText): FileState | undefined {
  if (last === undefined) return undefined;
  const { doubt: _, ...believed } = last;
  return read.kind === "text" ? { ...believed, stamp: read.stamp } : believed;
}

interface Seen {
  readonly read: FileText;
  readonly parsed: Parsed | undefined;
}

/** How long what was seen of a file has to stay so before it is believed. */
function doubtfulForMs(last: FileState, { read, parsed }: Seen, { doubtMs, cutMs }: Moment): number {
  if (read.kind !== "text" || !parsed?.ok) return doubtMs;
  const text = goodTextOf(last) ?? "";
  // What was put in its place by a rename was whole before.
  if (read.text.length >= text.length || !isSameFile(read.stamp, last.stamp)) return 0;
  return looksCut(read.text, text) ? Math.max(doubtMs, cutMs) : doubtMs;
}

/** Whether a text seems to be the first part of one that is being written: it ends within a line, or where the one before went on. */
function looksCut(text: string, before: string): boolean {
  if (before.endsWith("\n") && !text.endsWith("\n")) return true;
  const line = lastLine(text);
  return line !== lastLine(before) && `\n${before.replaceAll("\r", "")}`.includes(`\n${line}\n`);
}

function goodTextOf({ text, goodText, problems }: FileState): string | undefined {
  return problems.length > 0 ? goodText : text;
}

function lastLine(text: string): string {
  const end = text.trimEnd();
  return end.slice(end.lastIndexOf("\n") + 1);
}

function toParsed(
  read: Exclude<FileText, { kind: "gone" | "same" }>,
  origin: string,
  blocks: Blocks | undefined,
): Parsed {
  if (read.kind === "unreadable") return failed(origin, "file-unreadable", `cannot be read: ${read.why}`);
  const parsed = parseDocuments(read.text, { origin, format: extname(origin) === ".json" ? "json" : "yaml", blocks });
  if (!parsed.ok) {
    const { mended } = parsed;
    // Of Envoy's own resources a part would take what the rest of it has from Envoys.
    return mended?.every(isModelDocument) ? { ok: true, documents: mended, ...(blocks && { blocks }) } : parsed;
  }
  if (parsed.documents.length === 0) {
    return failed(origin, "file-empty", "has no document in it; delete the file to remove what it configured");
  }
  const other = parsed.documents.find((document) => document.sections === undefined && !isRecord(document.content));
  if (other === undefined) return parsed;
  const what = Array.isArray(other.content) ? "a list" : `just ${JSON.stringify(other.content)}`;
  const position = other.positions()("");
  return failed(origin, "wrong-type", `a document must be an object, with a key such as routes, not ${what}`, position);
}

function failed(origin: string, code: string, message: string, position?: Position): Parsed {
  return {
    ok: false,
    problems: [{ path: "", message, severity: "error", code, origin, ...(position && { position }) }],
  };
}
