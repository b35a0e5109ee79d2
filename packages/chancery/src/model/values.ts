// The small values that kinds are made of: how a person writes each, and what it is in the canonical form.
import { isIP } from "node:net";
import { z } from "zod";
import { checkRegex, checkSubstitution } from "../re2.ts";
import { matchesDuration, toMs } from "./duration.ts";
import { withHint } from "./hint.ts";
import { checkTemplate } from "./template.ts";

/** The name of an object, a listener or a rule: it becomes part of names on the wire, of statistics and of logs. */
export const name = z
  .string()
  .max(100)
  .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, {
    error: "must be lower-case letters, digits and dashes, beginning with a letter, such as shop-v2",
  });

/** A reference to an object of a kind by its name. */
export const reference = z.string().min(1);

/** What is longer has no place in some of Envoy's clocks. */
const longestMs = 876_000 * 3_600_000;

/** Milliseconds; written as `5s`, `250ms`, `1m30s` or `1h`. */
export const duration = z
  .string()
  .refine(matchesDuration, { error: "must be a duration such as 5s, 250ms or 1m30s" })
  .refine((text) => !matchesDuration(text) || toMs(text) <= longestMs, {
    error: "must be at most 876000h, which is a hundred years",
  })
  .transform(toMs)
  .describe("A duration such as 5s, 250ms or 1m30s");

/** One that has to take some time. */
export const positiveDuration = duration.refine((ms) => ms > 0, { error: "must be longer than 0s" });

/** A duration of which 0 (or `off`) turns off what it limits; milliseconds in the canonical form. */
export const durationOrOff = z.union([z.literal("off").transform(() => 0), duration]);

/** How many; Envoy counts in 32 bits. */
export function count(least: 0 | 1) {
  return z.int().min(least).max(0xffff_ffff);
}

/** How many requests at a time a connection of HTTP/2 may have: https://datatracker.ietf.org/doc/html/rfc9113#section-5.1.1 */
export const concurrentStreams = z.int().min(1).max(0x7fff_ffff);

/** 0 to 100; written as `25%`, `0.5%` or a number. */
export const percent = z
  .union([
    z.number().min(0).max(100),
    z
      .string()
      .regex(/^\d{1,3}(\.\d{1,4})?%$/, { error: "must be a percentage such as 25%" })
      .transform((text) => Number(text.slice(0, -1)))
      .refine((number) => number <= 100, { error: "must not be above 100%" }),
  ])
  .describe("A percentage such as 25%");

/** Bytes; written as a number, or as `64KiB`, `1MiB` or `2GiB`. */
export const bytes = z
  .union([
    z.int().min(0).max(0xffff_ffff),
    z
      .string()
      .regex(/^\d+(\.\d+)?(KiB|MiB|GiB)$/, { error: "must be a number of bytes, or a size such as 64KiB" })
      .transform((text) => Math.round(Number.parseFloat(text) * (units[text.slice(-3)] ?? 1)))
      .refine((number) => number <= 0xffff_ffff, { error: "must be below 4GiB" }),
  ])
  .describe("A number of bytes, or a size such as 64KiB");

/** What a receiver of HTTP/2 lets a sender send ahead: https://datatracker.ietf.org/doc/html/rfc9113#section-6.9 */
export const windowBytes = bytes.refine((size) => size >= 65_535 && size <= 2_147_483_647, {
  error: "must be from 65535 bytes to 2147483647",
});

const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

export const port = z.int().min(1).max(65_535);

export const ipAddress = z
  .string()
  .refine((text) => isIP(text) !== 0, { error: "must be an IP address such as 10.0.0.5 or ::1" })
  .describe("An IP address");

/** An address range; an address alone means just itself. */
export const cidr = z
  .string()
  .refine(isCidr, { error: "must be an IP address or a range such as 10.0.0.0/8" })
  .describe("An IP address, or a range such as 10.0.0.0/8");

function isCidr(text: string): boolean {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text);
  const version = isIP(match?.[1] ?? "");
  return version !== 0 && (match?.[2] === undefined || Number(match[2]) <= (version === 4 ? 32 : 128));
}

/** A host name in lower case, or one with `*` as its first label, or `*` alone for all. */
export const hostname = z
  .string()
  .regex(/^(\*|(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*|\[?[0-9a-f:.]+\]?)$/, {
    error: "must be a host name in lower case such as shop.example.com, *.example.com or *, without a port",
  })
  .max(253)
  .describe("A host name such as shop.example.com or *.example.com");

export const headerName = z
  .string()
  .regex(/^:?[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: "must be the name of a header such as x-team" })
  .transform((text) => text.toLowerCase())
  .describe("The name of a header");

export const headerValue = z
  .string()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what a header must not have
  .regex(/^[^\x00\r\n]*$/, { error: "must not have line breaks" });

/** A text in which Envoy's command operators stand for what it knows of a request. */
export const template = headerValue
  .superRefine(refineTemplate)
  .describe("May have Envoy's command operators, such as %DOWNSTREAM_REMOTE_ADDRESS%; %% stands for a percent sign");

/** Refuses a text of whose command operators Envoy would refuse one. */
export function refineTemplate(text: string, context: z.RefinementCtx): void {
  const message = checkTemplate(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
}

/** A regular expression in RE2's syntax, which has no look-around and no back-references. It matches as a whole. */
export const regex = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    const problem = checkRegex(text);
    if (problem !== undefined) context.addIssue({ code: "custom", message: withHint(problem.message, problem.hint) });
  })
  .describe("A regular expression in RE2 syntax that matches as a whole");

/** What replaces each match of a regular expression. */
export const regexRewrite = z
  .strictObject({
    pattern: regex,
    substitution: z.string().describe("\\1 stands for the first group of the pattern, \\0 for all that matched"),
  })
  .superRefine(({ pattern, substitution }, context) => {
    const message = checkSubstitution(pattern, substitution);
    if (message !== undefined) context.addIssue({ code: "custom", path: ["substitution"], message });
  });

/** A list that is not empty; one item may stand for a list of one. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.union([z.array(item).min(1), item.transform((one) => [one])]);
}

const tlsVersion = z.enum(["1.2", "1.3"]);

/** Versions of TLS that may be spoken. */
export const tlsVersions = z
  .strictObject({ min: tlsVersion.default("1.2"), max: tlsVersion.default("1.3") })
  .refine(({ min, max }) => min <= max, { path: ["min"], error: "must not be above max" });
