import { UsageError } from "./command.ts";
import { didYouMean } from "./suggest.ts";

/** One of a few words that stands by itself; another one is a UsageError. */
export function oneOfWords<const T extends string>(text: string, known: readonly T[]): T {
  return find(text, known, `"${text}"`);
}

/** The value of an option that is one of a few words; another one is a UsageError. */
export function oneOf<const T extends string>(option: string, text: string, known: readonly T[]): T {
  return find(text, known, `--${option} "${text}"`);
}

function find<const T extends string>(text: string, known: readonly T[], what: string): T {
  const found = known.find((word) => word === text);
  if (found !== undefined) return found;
  const right = didYouMean(text, known) || `; write one of ${known.join(", ")}`;
  throw new UsageError(`Cannot use ${what}${right}`);
}
