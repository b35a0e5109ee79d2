/** Something in the JSON that is not right, and where. */
export interface JsonProblem {
  /** The place, by the names that were written there: `listeners[0].filter_chains[0]`. */
  readonly path: string;
  /** What is wrong: `unknown field "statPrefx"`. */
  readonly message: string;
  /** What would be right: `did you mean "stat_prefix"?` */
  readonly hint?: string;
}

/** A problem as one line: `listeners[0]: unknown field "adress"; did you mean "address"?` */
export function formatProblem(problem: JsonProblem): string {
  const place = problem.path === "" ? "" : `${problem.path}: `;
  const hint = problem.hint === undefined ? "" : `; ${problem.hint}`;
  return `${place}${problem.message}${hint}`;
}

/** A field name, a map key or a list index. */
export type PathSegment = string | number;

/** Writes a path behind `prefix`: names with dots between them, indexes and odd map keys in brackets. */
export function formatPath(prefix: string, segments: readonly PathSegment[]): string {
  let path = prefix;
  for (const segment of segments) {
    if (typeof segment === "number") path += `[${segment}]`;
    else if (!/^@?[A-Za-z_][\w-]*$/.test(segment)) path += `[${JSON.stringify(segment)}]`;
    else path += path === "" ? segment : `.${segment}`;
  }
  return path;
}

/** Names a JSON value in a sentence: `"abc"`, `12`, `a list`. Long text is cut. */
export function describe(json: unknown): string {
  if (typeof json === "string") return JSON.stringify(json.length > 60 ? `${json.slice(0, 57)}...` : json);
  if (Array.isArray(json)) return "a list";
  if (typeof json === "object" && json !== null) return "an object";
  return typeof json === "function" || typeof json === "symbol" ? `a ${typeof json}` : String(json);
}
