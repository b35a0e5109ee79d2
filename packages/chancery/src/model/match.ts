import { z } from "zod";
import { withHint } from "./hint.ts";
import { record } from "./record.ts";
import { cidr, headerName, listOf, percent, regex } from "./values.ts";

const pathText = z
  .string()
  .startsWith("/", { error: "must begin with /" })
  .regex(/^[^?#\s]*$/, { error: withHint("is without query string and spaces", "match parameters with query") });

const pathShort = pathText.regex(/^[^*]*(?<=\/)\*?$|^[^*]*$/, {
  error: withHint(
    "has a * that is not its end, as in /api/*",
    'say what is meant with { regex: "…" } or { exact: "…" }',
  ),
});

const pathForms = z.strictObject({
  exact: pathText.optional().describe("The whole path"),
  prefix: pathText.optional().describe("Whole segments: /api is for /api and /api/x, not for /apis"),
  regex: regex.optional(),
  ignoreCase: z.boolean().optional().describe("Default: false"),
});

const path = z
  .union([
    pathShort.transform(
      (text): PathMatch => (text.endsWith("/*") ? { prefix: text.slice(0, -2) || "/" } : { exact: text }),
    ),
    pathForms.refine((forms) => countOf(forms, ["exact", "prefix", "regex"]) === 1, {
      error: "must have one of exact, prefix and regex",
    }),
  ])
  .describe("/login is exact, /api/* a prefix; without a query string");

const textForms = z.strictObject({
  exact: z.string().optional().describe("What it is"),
  prefix: z.string().min(1).optional().describe("What it begins with"),
  suffix: z.string().min(1).optional().describe("What it ends with"),
  contains: z.string().min(1).optional().describe("What is anywhere in it"),
  regex: regex.optional(),
  present: z.boolean().optional().describe("true: whatever it is; false: it must not be there"),
  not: z
    .boolean()
    .optional()
    .describe("Turns the condition round; it then also holds for what is not there. Default: false"),
  ignoreCase: z.boolean().optional().describe("Default: false"),
});

/** What a text has to be: itself, or one of several forms. */
const text = z
  .union([
    z.string().transform((exact): TextMatch => ({ exact })),
    z.boolean().transform((present): TextMatch => ({ present })),
    textForms.refine((forms) => countOf(forms, ["exact", "prefix", "suffix", "contains", "regex", "present"]) === 1, {
      error: "must have one of exact, prefix, suffix, contains, regex and present",
    }),
  ])
  .describe("The exact text, true (it is there), false (it is not), or a condition");

/** What Envoy's regular expressions hold of a parameter's name and value; they are what turns a condition round. */
const maxTurned = 75;

const query = record(z.string().min(1), text).superRefine((conditions, context) => {
  for (const [name, { not, exact, prefix, suffix, contains, regex }] of Object.entries(conditions)) {
    const size = sizeOf(name) + (regex?.length ?? sizeOf(exact ?? prefix ?? suffix ?? contains ?? ""));
    if (not !== true || size <= maxTurned) continue;
    const message = withHint(
      "is too long to be turned round",
      "write a rule for what must not match before this one, or have name and value no longer than 75 characters together",
    );
    context.addIssue({ code: "custom", path: [name, "not"], message });
  }
});

/** Characters that may be escaped in a URL count more. */
function sizeOf(text: string): number {
  return Array.from(text).reduce((sum, character) => {
    return sum + (/[\w.~-]/.test(character) ? 1 : 2 + 3 * Buffer.byteLength(character));
  }, 0);
}

const method = z.enum(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]);

/** What a request must be like: all that is said. */
export const match = z.strictObject({
  path: path.optional(),
  headers: record(headerName, text).optional().describe("Headers; :authority is the host"),
  methods: listOf(method).optional().describe("One of these"),
  query: query.optional().describe("Query parameters"),
  cookies: record(z.string().min(1), text).optional().describe("Cookies"),
  sourceIp: listOf(cidr).optional().describe("The client's address is in one of these ranges"),
  grpc: z
    .strictObject({
      service: z.string().min(1).optional().describe("With its package, such as shop.v1.Orders. Default: any"),
      method: z.string().min(1).optional().describe("Default: any"),
    })
    .optional()
    .describe("A gRPC call, by the full name of its service and its method"),
  fraction: percent.optional().describe("Only so many of the requests, chosen by chance"),
});

export type Match = z.output<typeof match>;
export type PathMatch = z.output<typeof pathForms>;
export type TextMatch = z.output<typeof textForms>;

function countOf(value: object, keys: readonly string[]): number {
  return keys.filter((key) => key in value).length;
}
