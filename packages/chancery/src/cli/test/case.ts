import type { Problem } from "@chancery/xds";
import { z } from "zod";
import type { Document, LocatedProblem, Position } from "../../documents/document.ts";
import { parseDocuments } from "../../documents/parse.ts";
import { readRequest, requestInput } from "../../explain/request.ts";
import { check } from "../../model/issues.ts";
import { join } from "../../model/join.ts";
import { record } from "../../model/record.ts";
import { listOf } from "../../model/values.ts";

const headerValue = z.union([z.string(), z.null()]);

const headers = record(z.string(), headerValue).describe("By name; null for one that is not to be there");

/** What is to become of a request: what is left out may be anything. */
const expectation = z.strictObject({
  service: listOf(z.string().min(1)).optional().describe("The service that gets it; of several any one"),
  status: z.int().min(100).max(599).optional().describe("The status; services answer with 200 here"),
  route: z.string().min(1).optional().describe("The rule that takes it, such as shop#api"),
  location: z.string().optional().describe("Where a redirect leads"),
  path: z.string().optional().describe("The path that the service gets"),
  host: z.string().optional().describe("The host that the service gets"),
  headers: headers.optional().describe("Of the answer"),
  requestHeaders: headers.optional().describe("Of the request as the service gets it"),
  body: z.string().optional().describe("What Envoy itself answers"),
});

const request = requestInput.omit({ headers: true }).extend({
  headers: record(z.string(), z.union([z.string(), z.array(z.string())]))
    .optional()
    .describe("By name; a list for a header that is there several times"),
  node: z.string().min(1).optional().describe("The id of the Envoy node that is asked"),
  fleet: z.string().min(1).optional().describe("The fleet that is asked; may be left out if there is one"),
});

const testCase = z.strictObject({ name: z.string().min(1), request, expect: expectation });

export type Expectation = z.output<typeof expectation>;

/** One test, and where it stands. */
export interface TestCase {
  readonly name: string;
  readonly request: Omit<z.output<typeof request>, "headers"> & {
    readonly headers: [name: string, value: string][];
  };
  readonly expect: Expectation;
  readonly origin: string;
  readonly position: Position | undefined;
}

export interface TestCases {
  readonly cases: readonly TestCase[];
  readonly problems: readonly LocatedProblem[];
}

/** Reads a file with a list of tests. Those that are not right are problems, the others are there. */
export function parseTestCases(text: string, origin: string): TestCases {
  const parsed = parseDocuments(text, { origin, format: origin.endsWith(".json") ? "json" : "yaml" });
  if (!parsed.ok) return { cases: [], problems: parsed.problems };
  const read = parsed.documents.map(readDocument);
  return { cases: read.flatMap(({ cases }) => cases), problems: read.flatMap(({ problems }) => problems) };
}

function readDocument(document: Document): TestCases {
  const { origin, content } = document;
  const find = document.positions();
  const list = check(z.array(z.unknown()), content, "");
  if (!list.ok) return { cases: [], problems: list.problems.map((problem) => ({ ...problem, origin })) };
  const cases: TestCase[] = [];
  const problems: LocatedProblem[] = [];
  for (const [index, item] of list.value.entries()) {
    const path = join("", index);
    const checked = check(testCase, item, path);
    const found = checked.ok ? caseProblems(checked.value, path) : checked.problems;
    for (const problem of found) {
      const position = find(problem.path);
      problems.push({ ...problem, origin, ...(position && { position }) });
    }
    if (!checked.ok || found.length > 0) continue;
    const { name, request, expect } = checked.value;
    cases.push({
      name,
      request: { ...request, headers: toList(request.headers) },
      expect,
      origin,
      position: find(path),
    });
  }
  return { cases, problems };
}

/** What is wrong in a test whose fields are right. */
function caseProblems({ request, expect }: z.output<typeof testCase>, path: string): readonly Problem[] {
  const error = (field: string, message: string): readonly Problem[] => {
    return [{ severity: "error", code: "wrong-value", path: `${path}.${field}`, message }];
  };
  const { node, fleet, headers, ...input } = request;
  if (Object.keys(expect).length === 0) return error("expect", "must expect something");
  if (node !== undefined && fleet !== undefined)
    return error("request.fleet", "is there beside node: write one of them");
  const read = readRequest({ ...input, headers: toList(headers) });
  return read.ok ? [] : error(`request.${read.path}`, read.message);
}

function toList(headers: z.output<typeof request>["headers"] = {}): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
}
