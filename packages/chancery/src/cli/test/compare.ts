import type { Expectation } from "./case.ts";
import type { Failure, Observed } from "./result.ts";

/** What is not as expected. */
export function compare(expect: Expectation, observed: Observed): readonly Failure[] {
  const { why } = observed;
  const { service, headers = {}, requestHeaders = {}, ...plain } = expect;
  const failures: Failure[] = [];
  const fail = (field: string, expected: string, actual: string) => failures.push({ field, expected, actual, why });
  if (service !== undefined && !(observed.service !== undefined && service.includes(observed.service))) {
    fail("service", service.join(" or "), observed.service ?? "none");
  }
  for (const field of ["status", "route", "location", "path", "host", "body"] as const) {
    const expected = plain[field];
    if (expected !== undefined && expected !== observed[field]) fail(field, show(expected), show(observed[field]));
  }
  for (const [kind, expected] of Object.entries({ headers, requestHeaders })) {
    const actual = kind === "headers" ? observed.headers : observed.requestHeaders;
    for (const [name, value] of Object.entries(expected)) {
      const found = actual[name.toLowerCase()];
      if (found !== (value ?? undefined)) fail(`${kind}.${name}`, show(value ?? undefined), show(found));
    }
  }
  return failures;
}

function show(value: string | number | undefined): string {
  return value === undefined ? "none" : typeof value === "string" ? JSON.stringify(value) : String(value);
}
