import type { Snapshots } from "@chancery/xds";
import { describeSnapshot } from "./describe.ts";
import type { LocatedProblem } from "./documents/document.ts";
import type { Logger } from "./logs.ts";
import { publish } from "./publish.ts";
import { reportProblems } from "./report.ts";
import type { SourceState } from "./sources/source.ts";
import { emptyRawConfig, type RawConfig, toRawConfig } from "./translate/raw.ts";

/** Takes in what sources say, hands out the snapshots that follow from it, and logs what changed and what is wrong. */
export class Configuration {
  readonly #snapshots: Snapshots;
  readonly #log: Logger;
  #config: RawConfig = emptyRawConfig;
  #problems: readonly LocatedProblem[] = [];
  readonly #reloads = new Map<"good" | "bad", number>([
    ["good", 0],
    ["bad", 0],
  ]);

  constructor(snapshots: Snapshots, log: Logger) {
    this.#snapshots = snapshots;
    this.#log = log;
  }

  /** What is wrong now, in the files and in what they say. */
  get problems(): readonly LocatedProblem[] {
    return this.#problems;
  }

  /** How often the sources had something new, by whether all of it was `good` or some of it `bad`. */
  get reloads(): ReadonlyMap<"good" | "bad", number> {
    return this.#reloads;
  }

  /** The file that configures a node, even while it has no good snapshot for it. */
  ownerOf(node: string): string | undefined {
    return this.#config.nodes.get(node)?.document.origin;
  }

  apply(state: SourceState): void {
    const config = toRawConfig(state.documents, this.#config);
    const problems = [...state.problems, ...config.problems];
    reportProblems(problems, this.#problems, this.#log);
    for (const { kind, node, origin } of publish(config, this.#config, this.#snapshots)) {
      this.noteChange({ kind, node, from: origin });
    }
    this.#config = config;
    this.#problems = problems;
    const result = problems.some(({ severity }) => severity === "error") ? "bad" : "good";
    this.#reloads.set(result, (this.#reloads.get(result) ?? 0) + 1);
  }

  /** One line in the log for each snapshot that is set or deleted, whoever did it. */
  noteChange({ kind, node, from }: { kind: "set" | "delete"; node: string; from: string }): void {
    const what = kind === "set" ? `now has ${describeSnapshot(this.#snapshots.get(node))}` : "has no snapshot any more";
    this.#log.info({ node, from, change: kind }, `Node "${node}" ${what}, from ${from}`);
  }
}
