import { UsageError } from "./command.ts";

/** Reads a number of 0 or more; throws a UsageError that names the option. */
export function readNumber(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && number <= 1_000_000) return number;
  throw new UsageError(`Cannot read --${option} "${text}": write a number, such as 10`);
}
