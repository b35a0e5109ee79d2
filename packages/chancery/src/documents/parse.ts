import type { LineCounter, Document as YamlDocument } from "yaml";
import { KeyedList } from "../keyed-list.ts";
import { yaml } from "../lazy.ts";
import { type FindPosition, findInBlocks, lineStarts } from "./block-positions.ts";
import { type Blocks, readBlocks, readPlain, type Section } from "./blocks.ts";
import type { Document, LocatedProblem, Position } from "./document.ts";
import { findJsonError, hintForJson } from "./json-error.ts";
import { locate } from "./locate.ts";
import { type LineOf, mendRepeated, type RepeatedPart } from "./mend.ts";
import { mendBlocks } from "./mend-blocks.ts";
import { findMistakes, mistakesOf } from "./mistakes.ts";
import { findRepeatedInJson, type RepeatedKey } from "./repeated-key.ts";
import { hasEscapedHalf } from "./unusable.ts";

export type Format = "json" | "yaml";

export type Parsed =
  | {
      readonly ok: true;
      readonly documents: readonly Document[];
      /** What the next text of the same origin is compared with: see `readBlocks`. */
      readonly blocks?: Blocks;
    }
  | {
      readonly ok: false;
      readonly problems: readonly LocatedProblem[];
      /** If all that is wrong is that keys stand twice: what is left without those, and the objects that have them. */
      readonly mended?: readonly Document[];
    };

/**
 * Reads JSON or YAML text into documents: one for JSON, one for each part of a YAML stream that is not empty.
 * A text with a syntax error has no documents at all, since what follows the error cannot be trusted.
 */
export function parseDocuments(text: string, options: ParseOptions): Parsed {
  const { origin, format, blocks } = options;
  if (format === "json" || looksLikeJson(text)) return parseJson(text, origin, format);
  if (text.length <= smallLength) {
    const sections = readPlain(text);
    if (sections === undefined) return parseYaml(text, origin);
    return {
      ok: true,
      documents: [new ListDocument({ origin, text }, sections, { toFind: () => findInTree(text, 0) })],
    };
  }
  const read = readBlocks(text, blocks);
  if (read === undefined) return toBroken(text, { origin, blocks }) ?? parseYaml(text, origin);
  const find = () => findInBlocks(read, () => findInTree(text, 0));
  return {
    ok: true,
    documents: [new ListDocument({ origin, text }, read.sections.map(contentOf), { toFind: find })],
    blocks: read,
  };
}

/** Up to this many signs a text is parsed whole in less time than it takes to see what changed in it. */
const smallLength = 2048;

export interface ParseOptions {
  readonly origin: string;
  readonly format: Format;
  /** Of the last text of the origin. */
  readonly blocks?: Blocks | undefined;
}

/** JSON is YAML too, and JSON.parse is a hundred times as fast. */
function looksLikeJson(text: string): boolean {
  return /^\s*\{/.test(text);
}

function parseJson(text: string, origin: string, format: Format): Parsed {
  try {
    const content: unknown = JSON.parse(text);
    const repeated = findRepeatedInJson(text, content);
    if (repeated !== undefined) {
      const problems = [toRepeated("JSON", origin, repeated, countLines(text))];
      return { ok: false, problems, ...toMended(text, origin) };
    }
    return { ok: true, documents: [toDocument(content, { text, origin, index: 0 })] };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (format === "yaml") return parseYaml(text, origin);
    const offset = findJsonError(text);
    const hint = hintForJson(text, offset);
    const problem = toSyntaxProblem("JSON", origin, error.message, toPosition(countLines(text), offset));
    return { ok: false, problems: [{ ...problem, ...(hint !== undefined && { hint }) }] };
  }
}

/** A large text of which some objects are broken; undefined if that is not all there is to say. */
function toBroken(text: string, { origin, blocks }: Pick<ParseOptions, "origin" | "blocks">): Parsed | undefined {
  const mistakes = findMistakes(text, blocks);
  if (mistakes === undefined) return undefined;
  const lines = countLines(text);
  const problems = mistakes.map(({ message, offset, repeated }) =>
    repeated === undefined
      ? toSyntaxProblem("YAML", origin, message, toPosition(lines, offset))
      : toRepeated("YAML", origin, repeated, lines),
  );
  const isMendable = mistakes.every(({ repeated }) => repeated !== undefined);
  if (!isMendable) return { ok: false, problems };
  const mended = mendBlocks(text, blocks, lineIn(lines));
  if (mended === undefined) return { ok: false, problems, ...toMended(text, origin) };
  const { blocks: read, parts } = mended;
  const document = new ListDocument({ origin, text }, read.sections.map(contentOf), {
    toFind: () => findInBlocks(read, () => findInTree(text, 0)),
    problems: parts.map((part) => toRepeatedPart(part, origin, lines)),
  });
  return { ok: false, problems, mended: [document] };
}

function parseYaml(text: string, origin: string): Parsed {
  const { documents: parts, lines } = parseTree(text);
  const problems: LocatedProblem[] = [];
  const documents: Document[] = [];
  for (const [index, part] of parts.entries()) {
    const mistakes = mistakesOf(part);
    for (const { message, offset, repeated } of mistakes) {
      if (repeated !== undefined) problems.push(toRepeated("YAML", origin, repeated, lines));
      else problems.push(toSyntaxProblem("YAML", origin, message, toPosition(lines, offset)));
    }
    if (mistakes.length > 0) continue;
    try {
      const content: unknown = part.toJS();
      if (content !== null) documents.push(toDocument(content, { text, origin, index }));
    } catch (error) {
      // An alias without an anchor, or so many of them that they would fill the memory.
      if (!(error instanceof ReferenceError)) throw error;
      const place = findBrokenAlias(part) ?? part.range[0];
      problems.push(toSyntaxProblem("YAML", origin, error.message, toPosition(lines, place)));
    }
  }
  return problems.length > 0 ? { ok: false, problems, ...toMended(text, origin) } : { ok: true, documents };
}

/** What is left of a text in which keys stand twice; nothing if something else is wrong with it. */
function toMended(text: string, origin: string): { readonly mended?: readonly Document[] } {
  const { documents, lines } = parseTree(text);
  const mended: Document[] = [];
  for (const [index, tree] of documents.entries()) {
    const parts = mendRepeated(tree, lineIn(lines));
    if (parts === undefined) return {};
    const problems = parts.map((part) => toRepeatedPart(part, origin, lines));
    const content: unknown = tree.toJS();
    if (content !== null) mended.push({ ...toDocument(content, { text, origin, index }), problems });
  }
  return { mended };
}

function toRepeatedPart({ offset, ...about }: RepeatedPart, origin: string, lines: LineCounter): LocatedProblem {
  return { ...about, severity: "error", code: "duplicate-name", origin, position: toPosition(lines, offset) };
}

function lineIn(lines: LineCounter): LineOf {
  return (offset) => toPosition(lines, offset).line;
}

/** Where the first alias stands that has no anchor. */
function findBrokenAlias(document: YamlDocument.Parsed): number | undefined {
  const { visit } = yaml();
  let found: number | undefined;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      found = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return found;
}

function toDocument(content: unknown, from: { text: string; origin: string; index: number }): Document {
  const { text, origin, index } = from;
  return { origin, content, mayHaveHalves: hasEscapedHalf(text), positions: () => findInTree(text, index) };
}

interface ListDocumentOptions {
  readonly toFind: () => FindPosition;
  readonly problems?: readonly LocatedProblem[];
}

/** A document of which the content as a whole is only there while somebody wants it. */
class ListDocument implements Document {
  readonly origin: string;
  readonly sections: KeyedList<unknown>;
  readonly mayHaveHalves: boolean;
  readonly problems?: readonly LocatedProblem[];
  readonly #toFind: () => FindPosition;
  #find: FindPosition | undefined;

  constructor(of: { origin: string; text: string }, sections: KeyedList<unknown>, more: ListDocumentOptions) {
    this.origin = of.origin;
    this.mayHaveHalves = hasEscapedHalf(of.text);
    this.sections = sections;
    this.#toFind = more.toFind;
    if (more.problems !== undefined) this.problems = more.problems;
  }

  get content(): unknown {
    const sections = Array.from(this.sections, ([name, content]) => [
      name,
      content instanceof KeyedList ? Object.fromEntries(content) : content,
    ]);
    return Object.fromEntries(sections);
  }

  positions(): FindPosition {
    this.#find ??= this.#toFind();
    return this.#find;
  }
}

function contentOf({ content }: Section): unknown {
  return content instanceof KeyedList ? content : content.value;
}

function findInTree(text: string, index: number): FindPosition {
  const { documents, lines } = parseTree(text);
  const tree = documents[index];
  if (tree !== undefined && tree.errors.length > 0) mendRepeated(tree, lineIn(lines));
  return (path) => {
    const offset = tree && locate(tree, path);
    return offset === undefined ? undefined : toPosition(lines, offset);
  };
}

function parseTree(text: string): { documents: YamlDocument.Parsed[]; lines: LineCounter } {
  const { LineCounter, parseAllDocuments } = yaml();
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, merge: true });
  // An empty stream is returned as an empty array with properties of its own.
  return { documents: [...documents], lines };
}

function toSyntaxProblem(
  language: "JSON" | "YAML",
  origin: string,
  detail: string,
  position: Position,
): LocatedProblem {
  const message = `line ${position.line} is not valid ${language}: ${detail}`;
  return { path: "", message, severity: "error", code: `${language.toLowerCase()}-syntax`, origin, position };
}

function toRepeated(
  language: "JSON" | "YAML",
  origin: string,
  { key, first, again }: RepeatedKey,
  lines: LineCounter,
): LocatedProblem {
  const detail = `the key ${JSON.stringify(key)} stands in line ${toPosition(lines, first).line} already`;
  const problem = toSyntaxProblem(language, origin, detail, toPosition(lines, again));
  return { ...problem, hint: "give one of them another name" };
}

function countLines(text: string): LineCounter {
  const lines = new (yaml().LineCounter)();
  for (const start of lineStarts(text)) lines.addNewLine(start);
  return lines;
}

function toPosition(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
