import { type EncodeContext, report } from "./context.ts";
import { describe } from "./problem.ts";

const words: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** A number of 8 bytes from JSON: a number, a number as text, "NaN", "Infinity" or "-Infinity". */
export function parseDouble(json: unknown, context: EncodeContext): number | undefined {
  if (typeof json === "number" && Number.isFinite(json)) return json;
  return parseOther(json, context, (value) => value);
}

/** The same for 4 bytes. */
export function parseFloat32(json: unknown, context: EncodeContext): number | undefined {
  if (typeof json === "number" && Number.isFinite(Math.fround(json))) return Math.fround(json);
  return parseOther(json, context, Math.fround);
}

function parseOther(json: unknown, context: EncodeContext, round: (value: number) => number): number | undefined {
  const word = typeof json === "string" ? words.get(json) : undefined;
  if (word !== undefined) return word;
  if (Number.isNaN(json)) return Number.NaN;
  const value = toNumber(json);
  if (value === undefined) {
    report(context, `must be a number, not ${describe(json)}`);
  } else if (Number.isFinite(round(value))) {
    return round(value);
  } else {
    report(context, `${describe(json)} is out of range`, `infinity is written "Infinity"`);
  }
  return undefined;
}

function toNumber(json: unknown): number | undefined {
  if (typeof json === "number") return json;
  if (typeof json === "bigint") return Number(json);
  if (typeof json === "string" && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(json)) return Number(json);
  return undefined;
}

/** A number of 8 bytes as JSON. */
export function formatDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** A number of 4 bytes as JSON, with as few digits as tell it from its neighbours: 0.1, not 0.10000000149011612. */
export function formatFloat32(value: number): number | string {
  if (!Number.isFinite(value) || Number.isInteger(value)) return formatDouble(value);
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return shorter;
  }
  return value;
}
