import { ownValue } from "../../own-value.ts";
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
  for (const kind of ["headers", "requestHeaders"] as const) {
    const open = new Set(observed.open?.[kind].map((name) => name.toLowerCase()));
    for (const [name, value] of Object.entries({ headers, requestHeaders }[kind])) {
      const found = ownValue(observed[kind], name.toLowerCase());
      if (open.has(name.toLowerCase())) fail(`${kind}.${name}`, show(value ?? undefined), onlyThen);
      else if (found !== (value ?? undefined)) fail(`${kind}.${name}`, show(value ?? undefined), show(found));
    }
  }
  return failures;
}

const onlyThen = "what is only known when a request is sent (--envoy)";

function show(value: string | number | undefined): string {
  return value === undefined ? "none" : typeof value === "string" ? JSON.stringify(value) : String(value);
}
