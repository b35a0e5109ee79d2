import { UsageError } from "./command.ts";
import { readNumber } from "./read-number.ts";

/** The value of an option that is a number of milliseconds, of a minute at most. */
export function readDelay(option: string, text: string): number {
  const ms = readNumber(option, text);
  if (ms >= 1 && ms <= 60_000) return ms;
  throw new UsageError(`Cannot use --${option} "${text}": write milliseconds, from 1 to 60000`);
}
