import { createRequire } from "node:module";

/** One family as the parser of `parse-prometheus-text-format` gives it, which has no types of its own. */
export interface ParsedFamily {
  readonly name: string;
  readonly type: string;
  readonly metrics: readonly ParsedMetric[];
}

export interface ParsedMetric {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value?: string;
}

const parse: (text: string) => readonly ParsedFamily[] = createRequire(import.meta.url)("parse-prometheus-text-format");

/**
 * Reads a page as a program that is not ours does; throws where it is not valid. Of histograms and summaries it does not
 * keep the labels.
 */
export function parsePage(text: string): readonly ParsedFamily[] {
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
  if (new Set(names).size !== names.length) throw new Error("a name has several TYPE lines");
  return parse(text);
}
