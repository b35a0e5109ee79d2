import { UsageError } from "./command.ts";
import { didYouMean } from "./suggest.ts";

/** The value of an option that is one of a few words; another one is a UsageError. */
export function oneOf<const T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((word) => word === text);
  if (found !== undefined) return found;
  const right = didYouMean(text, known) || `; write one of ${known.join(", ")}`;
  throw new UsageError(`Cannot use --${option} "${text}"${right}`);
}
