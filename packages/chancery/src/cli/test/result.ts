import type { LocatedProblem } from "../../documents/document.ts";
import type { Explanation } from "../../explain/explanation.ts";
import type { TestCase } from "./case.ts";

/** What became of a request. */
export interface Observed {
  /** The service that got it; undefined if none did. */
  readonly service: string | undefined;
  readonly status: number | undefined;
  readonly route: string | undefined;
  readonly location: string | undefined;
  readonly path: string | undefined;
  readonly host: string | undefined;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Headers of which only the request itself says what they are. */
  readonly open?: { readonly headers: readonly string[]; readonly requestHeaders: readonly string[] };
  readonly body: string | undefined;
  /** Why it is so, if that is known. */
  readonly why?: string | undefined;
}

/** Something that is not as expected. */
export interface Failure {
  /** Such as `status`, or `headers.location`. */
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
  readonly why?: string | undefined;
}

/** What came of a test. */
export interface TestResult {
  readonly case: TestCase;
  readonly outcome:
    | { readonly kind: "passed" }
    | { readonly kind: "failed"; readonly failures: readonly Failure[]; readonly explanation?: Explanation }
    | { readonly kind: "skipped"; readonly why: string };
  readonly ms: number;
}

/** What a way of testing gives. */
export interface Tested {
  readonly results: readonly TestResult[];
  /** What is wrong in the configuration. */
  readonly problems: readonly LocatedProblem[];
}
