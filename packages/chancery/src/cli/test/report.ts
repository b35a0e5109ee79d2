import { formatPlace } from "../../documents/document.ts";
import { formatExplanation } from "../../explain/format.ts";
import { escapeControls } from "../../text-safety.ts";
import { type Paint, plain } from "../color.ts";
import type { Failure, TestResult } from "./result.ts";

const marks = { passed: ["green", "✓"], failed: ["red", "✗"], skipped: ["yellow", "-"] } as const;

/** Results for a person: a line a test; of one that failed also what was not as expected, and the way of its request. */
export function formatResults(
  results: readonly TestResult[],
  { paint = plain }: { readonly paint?: Paint } = {},
): string {
  const lines = results.flatMap(({ case: { name, origin, position }, outcome }) => {
    const [color, mark] = marks[outcome.kind];
    const place = paint("dim", `(${escapeControls(formatPlace(origin, position))})`);
    const why = outcome.kind === "skipped" ? `: ${outcome.why}` : "";
    const head = `${paint(color, mark)} ${escapeControls(name)}${why} ${place}`;
    if (outcome.kind !== "failed") return [head];
    const { failures, explanation } = outcome;
    const trace = explanation === undefined ? [] : formatExplanation(explanation).trimEnd().split("\n");
    return [
      head,
      ...failures.map((failure) => `    ${formatFailure(failure)}`),
      ...trace.map((line) => `      ${line}`),
    ];
  });
  return [...lines, sumUp(results)].map((line) => `${line}\n`).join("");
}

function formatFailure({ field, expected, actual, why }: Failure): string {
  return escapeControls(`${field}: expected ${expected}, but got ${actual}${why ? ` (${why})` : ""}`);
}

function sumUp(results: readonly TestResult[]): string {
  const { passed, failed, skipped } = count(results);
  const sum = `${results.length} test${results.length === 1 ? "" : "s"}: ${passed} passed, ${failed} failed`;
  return skipped === 0 ? sum : `${sum}, ${skipped} skipped`;
}

function count(results: readonly TestResult[]): Readonly<Record<TestResult["outcome"]["kind"], number>> {
  const of = (kind: TestResult["outcome"]["kind"]) => results.filter(({ outcome }) => outcome.kind === kind).length;
  return { passed: of("passed"), failed: of("failed"), skipped: of("skipped") };
}

/** Results as JSON. */
export function resultsToJson(results: readonly TestResult[]): string {
  const tests = results.map(({ case: { name, origin, position }, outcome, ms }) => {
    const { kind, ...rest } = outcome;
    return { name, file: origin, ...position, outcome: kind, ms, ...rest };
  });
  return `${JSON.stringify({ ...count(results), tests }, undefined, 2)}\n`;
}

/** Results as JUnit's XML: a suite a file. */
export function resultsToJunit(results: readonly TestResult[]): string {
  const suites = [...Map.groupBy(results, ({ case: { origin } }) => origin)].map(([origin, list]) => {
    return element("testsuite", { name: origin, ...totals(list) }, list.map(toTestCase));
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", totals(results), suites)}\n`;
}

function totals(results: readonly TestResult[]): Readonly<Record<string, string>> {
  const { failed, skipped } = count(results);
  const seconds = results.reduce((sum, { ms }) => sum + ms, 0) / 1000;
  return { tests: `${results.length}`, failures: `${failed}`, skipped: `${skipped}`, time: seconds.toFixed(3) };
}

function toTestCase({ case: { name, origin, position }, outcome, ms }: TestResult): string {
  const about = { name, classname: origin, ...(position && { file: origin, line: `${position.line}` }) };
  const time = (ms / 1000).toFixed(3);
  if (outcome.kind === "passed") return element("testcase", { ...about, time }, []);
  if (outcome.kind === "skipped") {
    return element("testcase", { ...about, time }, [element("skipped", { message: outcome.why }, [])]);
  }
  const failures = outcome.failures.map(formatFailure);
  const trace = outcome.explanation === undefined ? "" : formatExplanation(outcome.explanation);
  const text = [...failures, trace].join("\n");
  return element("testcase", { ...about, time }, [
    element("failure", { message: failures[0] ?? "" }, [escapeXml(text)]),
  ]);
}

function element(name: string, attributes: Readonly<Record<string, string>>, content: readonly string[]): string {
  const start = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escapeXml(value)}"`)].join(" ");
  return content.length === 0 ? `<${start}/>` : `<${start}>${content.join("")}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** XML has no way to write most control characters at all. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
