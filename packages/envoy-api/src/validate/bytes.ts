import type { BytesRules } from "../descriptors/rules.ts";
import { lengthCheck } from "./length.ts";
import { patternCheck } from "./pattern.ts";
import { listedCheck } from "./range.ts";
import { allOf, type Check } from "./violation.ts";

/** The check of `BytesRules`. */
export function bytesCheck(rules: BytesRules | undefined): Check<Uint8Array> | undefined {
  if (rules === undefined) return undefined;
  const { prefix, suffix, contains, pattern } = rules;
  const length = lengthCheck(rules.len, rules.minLen, rules.maxLen, "byte");
  const matches = pattern === undefined ? undefined : patternCheck(pattern);
  const check = allOf<Uint8Array>([
    listedCheck(rules, { compare: Buffer.compare, say: (value) => `0x${hex(value)}` }),
    length && ((value) => length(value.length)),
    prefix && ((value) => expect(Buffer.compare(value.subarray(0, prefix.length), prefix) === 0, "begin with", prefix)),
    suffix && ((value) => expect(endsWith(value, suffix), "end with", suffix)),
    contains && ((value) => expect(Buffer.from(value).includes(contains), "contain", contains)),
    matches && ((value) => matches(Buffer.from(value).toString("latin1"))),
    ipCheck(rules),
  ]);
  if (check === undefined || !rules.ignoreEmpty) return check;
  return (value) => (value.length === 0 ? undefined : check(value));
}

function endsWith(value: Uint8Array, suffix: Uint8Array): boolean {
  return value.length >= suffix.length && Buffer.compare(value.subarray(value.length - suffix.length), suffix) === 0;
}

function expect(right: boolean, verb: string, part: Uint8Array) {
  return right ? undefined : { message: `must ${verb} 0x${hex(part)}` };
}

function ipCheck(rules: BytesRules): Check<Uint8Array> | undefined {
  if (rules.ip) return sizeCheck([4, 16], "an IP address of 4 or 16 bytes");
  if (rules.ipv4) return sizeCheck([4], "an IPv4 address of 4 bytes");
  if (rules.ipv6) return sizeCheck([16], "an IPv6 address of 16 bytes");
  return undefined;
}

function sizeCheck(sizes: readonly number[], what: string): Check<Uint8Array> {
  return (value) => (sizes.includes(value.length) ? undefined : { message: `must be ${what}` });
}

function hex(value: Uint8Array): string {
  return Buffer.from(value).toString("hex");
}
