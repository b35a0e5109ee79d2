import { type Json, numberIn, textIn } from "../explain/json.ts";
import { toDurationText } from "../model/duration.ts";

/** What a person would write: objects, lists and texts of the authoring form. Fields that say nothing are left out. */
export type Authored = Readonly<Record<string, unknown>>;

/** What is there of some fields; undefined if nothing is. */
export function said(fields: Authored): Authored | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A value that is not what the model does anyway. */
export function unless<T>(usual: T, value: T | undefined): T | undefined {
  return value === usual ? undefined : value;
}

/** One item alone, or the list of them; undefined for none. */
export function oneOrMore<T>(items: readonly T[]): T | readonly T[] | undefined {
  return items.length > 1 ? items : items[0];
}

/** The milliseconds of a `google.protobuf.Duration`; undefined if it is not set, or no whole number of them. */
function msIn(parent: Json | undefined, key: string): number | undefined {
  const match = /^(\d+)(?:\.(\d{1,9}))?s$/.exec(textIn(parent, key));
  if (match === null) return undefined;
  const ms = Number(match[1]) * 1000 + Number(`0.${match[2] ?? 0}`) * 1000;
  const whole = Math.round(ms);
  return Math.abs(ms - whole) < 1e-6 ? whole : undefined;
}

/** A duration in a field, as a person writes it. */
export function durationIn(parent: Json | undefined, key: string): string | undefined {
  const ms = msIn(parent, key);
  return ms === undefined ? undefined : toDurationText(ms);
}

/** The same where 0 turns off what the duration limits. */
export function durationOrOffIn(parent: Json | undefined, key: string): string | undefined {
  const ms = msIn(parent, key);
  return ms === 0 ? "off" : durationIn(parent, key);
}

/** Bytes as a person writes them. */
export function toBytes(bytes: number): string | number {
  if (bytes >= 1024 ** 2 && bytes % 1024 ** 2 === 0) return `${bytes / 1024 ** 2}MiB`;
  return bytes >= 1024 && bytes % 1024 === 0 ? `${bytes / 1024}KiB` : bytes;
}

/** An `envoy.type.v3.FractionalPercent` as a person writes it; undefined if percentages do not say it exactly. */
export function toPercent(fraction: Json | undefined): string | undefined {
  if (fraction === undefined) return undefined;
  const denominators: Readonly<Record<string, number>> = { "": 100, HUNDRED: 100, MILLION: 1_000_000 };
  const denominator = denominators[textIn(fraction, "denominator")];
  if (denominator === undefined) return undefined;
  const percent = ((numberIn(fraction, "numerator") ?? 0) * 100) / denominator;
  // A whole percentage of a million would come back as one of a hundred.
  return denominator === 1_000_000 && Number.isInteger(percent) ? undefined : `${percent}%`;
}
