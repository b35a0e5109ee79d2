import { type EncodeContext, report } from "./context.ts";
import { describe } from "./problem.ts";

/** Integers of 32 bits from JSON: numbers, and numbers as text. */
export function integerParser(min: number, max: number): (json: unknown, context: EncodeContext) => number | undefined {
  return (json, context) => {
    const value = typeof json === "number" ? json : toNumber(json);
    if (value !== undefined && Number.isInteger(value) && value >= min && value <= max) return value;
    reportInteger(context, json, min, max);
    return undefined;
  };
}

/** Integers of 64 bits from JSON: text, and numbers that JavaScript holds exactly. */
export function bigintParser(min: bigint, max: bigint): (json: unknown, context: EncodeContext) => bigint | undefined {
  return (json, context) => {
    if (typeof json === "number" && Number.isInteger(json) && !Number.isSafeInteger(json)) {
      report(context, `the number ${json} may have lost digits`, "write numbers above 9007199254740991 in quotes");
      return undefined;
    }
    const value = toBigint(json);
    if (value !== undefined && value >= min && value <= max) return value;
    reportInteger(context, json, min, max);
    return undefined;
  };
}

/** The value of a decimal number such as `12`, `-1.50e1`, when it is whole and has at most 40 digits. */
export function exactInteger(text: string): bigint | undefined {
  const match = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = (whole + fraction).replace(/0+$/, "");
  if (digits === "") return 0n;
  const zeros = whole.length + Number(exponent) - digits.length;
  if (zeros < 0 || digits.length + zeros > 40) return undefined;
  return BigInt(`${sign}${digits}${"0".repeat(zeros)}`);
}

function toNumber(json: unknown): number | undefined {
  const value = toBigint(json);
  return value === undefined ? undefined : Number(value);
}

function toBigint(json: unknown): bigint | undefined {
  if (typeof json === "bigint") return json;
  if (typeof json === "string") return exactInteger(json);
  return Number.isSafeInteger(json) ? BigInt(json as number) : undefined; // only numbers are safe integers
}

function reportInteger(context: EncodeContext, json: unknown, min: number | bigint, max: number | bigint): void {
  report(context, `must be a whole number from ${min} to ${max}, not ${describe(json)}`);
}
