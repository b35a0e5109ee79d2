import type { LocatedProblem } from "../documents/document.ts";
import type { Outcome } from "../outcome.ts";
import { Pipeline } from "../pipeline.ts";
import type { SourceState } from "../sources/source.ts";
import { sourceOf } from "../sources/sources.ts";
import { type Option, UsageError } from "./command.ts";
import { requirePath } from "./require-path.ts";

/** The option of commands that read files where they would ask a control plane otherwise. */
export const fileOption = {
  type: "string",
  short: "f",
  multiple: true,
  value: "PATH",
  help: "Read files or folders, and ask no server",
} as const satisfies Option;

/** What files and folders say, and what it means; read once. */
export async function load(paths: readonly string[], { cwd }: { readonly cwd: string }): Promise<Outcome> {
  return understand(await readOnce(paths, { cwd }), { cwd });
}

/** What files and folders say. */
export async function readOnce(paths: readonly string[], { cwd }: { readonly cwd: string }): Promise<SourceState> {
  if (paths.length === 0) throw new UsageError("Name a file or a folder with configuration");
  for (const path of paths) await requirePath(path, cwd);
  const controller = new AbortController();
  for await (const state of sourceOf(paths, { cwd }).watch(controller.signal)) {
    controller.abort();
    const isNothing = state.documents.length === 0 && state.problems.length === 0;
    return isNothing ? { ...state, problems: paths.map(toEmpty) } : state;
  }
  throw new TypeError("A source ended before its first state");
}

/** A folder may be empty while somebody is at it, which is no mistake; who names one by mistake wants to know. */
function toEmpty(origin: string): LocatedProblem {
  const message = "has no file in it that is named .yaml, .yml or .json";
  return { path: "", message, severity: "warning", code: "folder-empty", origin };
}

/** What that means. */
export async function understand(state: SourceState, { cwd }: { readonly cwd: string }): Promise<Outcome> {
  using pipeline = new Pipeline({ cwd });
  const outcome = await pipeline.run(state.documents);
  const problems: readonly LocatedProblem[] = [...state.problems, ...outcome.problems];
  return { ...outcome, problems };
}
