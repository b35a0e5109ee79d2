import { isRecord } from "../is-record.ts";
import { withHint } from "../model/hint.ts";

/**
 * What stands in content where a text says something that cannot be meant, such as an object with the same key twice. No
 * schema takes a symbol, so it costs what it stands in, and nothing else; its description is what is wrong, with its mend.
 * The same each time, so that what did not change is seen to be the same.
 */
export function unusable(why: string, hint: string): symbol {
  return Symbol.for(withHint(why, hint));
}

/** What is wrong with a value that `unusable` made; undefined for any other. */
export function whyUnusable(value: unknown): string | undefined {
  return typeof value === "symbol" ? value.description : undefined;
}

/** Whether a text of YAML or JSON has the escape of half of a pair, which two of them make a sign beyond the first 65,536. */
export function hasEscapedHalf(text: string): boolean {
  return text.includes("\\u") && /\\u[dD][89a-fA-F]/.test(text);
}

/** The same content, but texts are not usable that nobody can send on, since they are no Unicode. */
export function withoutHalves(value: unknown): unknown {
  if (typeof value === "string") {
    return value.isWellFormed() ? value : unusable("has half of a surrogate pair", "write the sign itself");
  }
  if (Array.isArray(value)) return value.map(withoutHalves);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutHalves(part)]));
}
