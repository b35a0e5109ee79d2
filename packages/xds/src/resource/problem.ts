/** Something wrong in what a user gave: it names the place and the mend, and the rest is still served. */
export interface Problem {
  readonly severity: "error" | "warning";
  /** Short and stable, such as `duplicate-name`. */
  readonly code: string;
  /** Where, such as `clusters[2].load_assignment.endpoints[0]`. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** One line: `clusters[2].name: must not be empty; give each cluster a name`. */
export function formatProblem({ path, message, hint }: Problem): string {
  return `${path === "" ? "" : `${path}: `}${message}${hint === undefined ? "" : `; ${hint}`}`;
}
