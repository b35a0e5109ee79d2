import type { Time } from "../descriptors/rules.ts";
import { WireError, WireReader, WireType, type WireWriter } from "../wire/index.ts";
import { type EncodeContext, report } from "./context.ts";
import { describe } from "./problem.ts";

/** How a message that JSON spells as one text is read and written. */
export interface TextCodec<T> {
  /** Undefined when the problem was reported. */
  parse(json: unknown, context: EncodeContext): T | undefined;
  /** Writes the fields of the message. */
  write(writer: WireWriter, value: T): void;
  read(bytes: Uint8Array): T;
  toJson(value: T): string;
}

/** `google.protobuf.Duration`: "1.5s". https://protobuf.dev/programming-guides/json/ */
export const durationCodec: TextCodec<Time> = {
  parse: (json, context) => {
    const value = typeof json === "string" ? parseDuration(json) : undefined;
    if (value === undefined) {
      report(context, `must be a duration, not ${describe(json)}`, `durations are in seconds: "0.25s", "300s"`);
    } else if (Math.abs(value.seconds) > maxDuration) {
      report(context, `${describe(json)} is out of range`, `durations go up to ${maxDuration} seconds`);
      return undefined;
    }
    return value;
  },
  write: writeTime,
  read: (bytes) => {
    const time = readTime(bytes);
    const mixed = time.seconds !== 0 && time.nanos !== 0 && time.seconds < 0 !== time.nanos < 0;
    if (mixed || Math.abs(time.nanos) > maxNanos || Math.abs(time.seconds) > maxDuration) {
      throw new WireError("duration out of range", 0);
    }
    return time;
  },
  toJson: ({ seconds, nanos }) => {
    const sign = seconds < 0 || nanos < 0 ? "-" : "";
    return `${sign}${Math.abs(seconds)}${formatNanos(Math.abs(nanos))}s`;
  },
};

/** `google.protobuf.Timestamp`: "2024-05-01T12:00:00Z". https://www.rfc-editor.org/rfc/rfc3339 */
export const timestampCodec: TextCodec<Time> = {
  parse: (json, context) => {
    const value = typeof json === "string" ? parseTimestamp(json) : undefined;
    if (value === undefined) {
      report(context, `must be a time, not ${describe(json)}`, `times are written as "2024-05-01T12:00:00Z"`);
    } else if (value.seconds < firstSecond || value.seconds > lastSecond) {
      report(context, `${describe(json)} is out of range`, "times lie between the years 1 and 9999");
      return undefined;
    }
    return value;
  },
  write: writeTime,
  read: (bytes) => {
    const time = readTime(bytes);
    if (time.nanos < 0 || time.nanos > maxNanos || time.seconds < firstSecond || time.seconds > lastSecond) {
      throw new WireError("timestamp out of range", 0);
    }
    return time;
  },
  toJson: ({ seconds, nanos }) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}${formatNanos(nanos)}Z`,
};

const maxDuration = 315_576_000_000;
const maxNanos = 999_999_999;
const firstSecond = -62_135_596_800; // 0001-01-01T00:00:00Z
const lastSecond = 253_402_300_799; // 9999-12-31T23:59:59Z

function parseDuration(text: string): Time | undefined {
  return parseWholeSeconds(text) ?? parseFraction(text);
}

/** Most durations are a few digits and an "s": they need no regular expression. */
function parseWholeSeconds(text: string): Time | undefined {
  const digits = text.length - 1;
  if (digits < 1 || digits > 9 || text.charCodeAt(digits) !== 0x73) return undefined;
  let seconds = 0;
  for (let index = 0; index < digits; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    seconds = seconds * 10 + digit;
  }
  return { seconds, nanos: 0 };
}

function parseFraction(text: string): Time | undefined {
  const match = /^(-?)(\d{1,15})(?:\.(\d{1,9}))?s$/.exec(text);
  if (match === null) return undefined;
  const [, sign, seconds, fraction] = match;
  const factor = sign === "-" ? -1 : 1;
  return { seconds: factor * Number(seconds), nanos: factor * toNanos(fraction) };
}

function parseTimestamp(text: string): Time | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text);
  if (match === null) return undefined;
  const [, local = "", fraction, sign, hours = "0", minutes = "0"] = match;
  const date = new Date(`${local}Z`);
  // Date turns February 30 into March 1 and 24:00 into the next day: neither is a time of RFC 3339.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== local) return undefined;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  return { seconds: date.getTime() / 1000 - (sign === "-" ? -offset : offset), nanos: toNanos(fraction) };
}

function toNanos(fraction: string | undefined): number {
  return fraction === undefined ? 0 : Number(fraction.padEnd(9, "0"));
}

/** 0, 3, 6 or 9 digits behind the point, as many as needed. */
function formatNanos(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  return `.${digits.replace(/(000){1,2}$/, "")}`;
}

function writeTime(writer: WireWriter, { seconds, nanos }: Time): void {
  if (seconds > 0) writer.tag(1, WireType.Varint).varint(seconds);
  else if (seconds < 0) writer.tag(1, WireType.Varint).int64(BigInt(seconds));
  if (nanos !== 0) writer.tag(2, WireType.Varint).int32(nanos);
}

function readTime(bytes: Uint8Array): Time {
  let seconds = 0;
  let nanos = 0;
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === 8) seconds = Number(reader.int64());
    else if (tag === 16) nanos = reader.int32();
    else reader.skip(tag);
  }
  return { seconds, nanos };
}
