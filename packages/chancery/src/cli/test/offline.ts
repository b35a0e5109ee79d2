import { type Answer, answerOf } from "../../explain/answer.ts";
import { explain } from "../../explain/explain.ts";
import type { Explanation } from "../../explain/explanation.ts";
import { type Request, readRequest } from "../../explain/request.ts";
import type { Resources } from "../../explain/resources.ts";
import type { Loaded } from "../load-resources.ts";
import type { TestCase } from "./case.ts";
import { compare } from "./compare.ts";
import type { Failure, Observed, TestResult } from "./result.ts";

/** Tests what follows from the resources, without sending anything. */
export function testOffline(test: TestCase, loaded: Loaded): TestResult["outcome"] {
  const chosen = chooseResources(test, loaded);
  if ("failure" in chosen) return { kind: "failed", failures: [chosen.failure] };
  const explanation = explain(chosen.resources, requestOf(test));
  // Whichever of the possible answers it is, it has to be as expected.
  const failures = answersOf(explanation).flatMap((answer) => {
    if (answer.kind === "unknown") return [toUnknown(answer.why)];
    return toObserved(answer).flatMap((observed) => compare(test.expect, observed));
  });
  if (failures.length === 0) return { kind: "passed" };
  return { kind: "failed", failures: distinct(failures), explanation };
}

/** What a test sends. */
export function requestOf({ request: { node: _, fleet: __, ...input } }: TestCase): Request {
  const read = readRequest(input);
  if (!read.ok) throw new TypeError(`A test's request was not checked: ${read.message}`);
  return read.request;
}

/** What the resources say of a test; undefined if nobody knows which resources these are. */
export function explanationOf(test: TestCase, loaded: Loaded): Explanation | undefined {
  const chosen = chooseResources(test, loaded);
  return "resources" in chosen ? explain(chosen.resources, requestOf(test)) : undefined;
}

type Chosen = { readonly resources: Resources } | { readonly failure: Failure };

function chooseResources({ request: { node, fleet } }: TestCase, { subjects, resourcesFor }: Loaded): Chosen {
  const names = subjects.map(({ kind, name }) => `${kind} "${name}"`).join(", ") || "nothing";
  if (node !== undefined) {
    const resources = resourcesFor(node);
    return resources ? { resources } : toFailure(`node "${node}"`, names);
  }
  const [found, ...others] = subjects.filter(
    ({ kind, name }) => fleet === undefined || (kind === "fleet" && name === fleet),
  );
  if (found === undefined) return toFailure(fleet === undefined ? "an Envoy" : `fleet "${fleet}"`, names);
  return others.length === 0 ? found : toFailure("request.node or request.fleet, to say which Envoy", names);
}

function toFailure(expected: string, actual: string): Chosen {
  return { failure: { field: "request", expected, actual } };
}

function toUnknown(why = ""): Failure {
  return { field: "answer", expected: "one that can be known", actual: "unknown", why };
}

/** The answer, and before it those of rules that may match, which nobody can know. */
function answersOf(explanation: Explanation): readonly Answer[] {
  const answer = answerOf(explanation);
  const possible = answer.maybe.map(({ outcome = { kind: "unknown", why: "nobody can tell" } as const, ...step }) =>
    answerOf({
      ...explanation,
      outcome,
      ...(explanation.http && {
        http: { ...explanation.http, routes: [{ ...step, outcome, verdict: "yes" as const }] },
      }),
    }),
  );
  return [...possible, answer];
}

/** One for each service that may get it. */
function toObserved(answer: Answer): readonly Observed[] {
  const { kind, clusters, status, route, location, path, authority, responseHeaders, requestHeaders, body, why } =
    answer;
  const common = {
    ...{ route, location, path, body, why },
    host: authority,
    headers: { ...lowerCase(responseHeaders), ...(location !== undefined && { location }) },
    requestHeaders: lowerCase(requestHeaders),
    open: { headers: answer.openResponseHeaders, requestHeaders: answer.openRequestHeaders },
  };
  if (kind !== "forward") return [{ ...common, service: undefined, status }];
  return clusters.map(({ name }) => ({ ...common, service: name, status: 200 }));
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function distinct(failures: readonly Failure[]): readonly Failure[] {
  return [...new Map(failures.map((failure) => [JSON.stringify(failure), failure])).values()];
}
