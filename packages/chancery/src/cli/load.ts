import type { LocatedProblem } from "../documents/document.ts";
import { type Outcome, Pipeline } from "../pipeline.ts";
import { sourceOf } from "../sources/sources.ts";
import { UsageError } from "./command.ts";
import { requirePath } from "./require-path.ts";

/** What files and folders say, and what it means; read once. */
export async function load(paths: readonly string[], { cwd }: { readonly cwd: string }): Promise<Outcome> {
  if (paths.length === 0) throw new UsageError("Name a file or a folder with configuration");
  for (const path of paths) await requirePath(path, cwd);
  using pipeline = new Pipeline({ cwd });
  const controller = new AbortController();
  for await (const { documents, problems } of sourceOf(paths, { cwd }).watch(controller.signal)) {
    controller.abort();
    const outcome = await pipeline.run(documents);
    const all: readonly LocatedProblem[] = [...problems, ...outcome.problems];
    return { ...outcome, problems: all };
  }
  throw new TypeError("A source ended before its first state");
}
