import { type Blast, toBlast } from "../compare/blast.ts";
import { type Diff, diffStates, type GroupDiff, isSame } from "../compare/diff.ts";
import { formatDiff } from "../compare/format.ts";
import { toState } from "../compare/outcome.ts";
import { type Serving, serving } from "../compare/serving.ts";
import type { State } from "../compare/state.ts";
import { ChanceryError } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import type { SourceState } from "../sources/source.ts";
import { getJson, httpOption, readHttpAddress } from "./api.ts";
import { painter } from "./color.ts";
import { defineCommand } from "./command.ts";
import { readOnce, understand } from "./load.ts";
import { oneOf } from "./one-of.ts";
import { formatBlast } from "./plan/format.ts";
import { keepServed } from "./plan/kept.ts";
import { findMoves, type Move } from "./plan/moves.ts";
import { writeProblems } from "./problems.ts";

export const planCommand = defineCommand({
  name: "plan",
  summary: "Show what would change if a running control plane had these files, and whom it would reach",
  usage: "plan PATH… [OPTIONS]",
  description:
    "Compares what a control plane serves with what files say, object by object and resource by resource, and says what " +
    "the difference would do: which nodes get it, how many bytes each is sent, which listeners would drain connections, " +
    "which clusters would be warmed again. Snapshots that were PUT are left alone. Nothing is changed.\n" +
    "Files with errors are refused, or planned as the control plane would take them: what is wrong stays as it has it.",
  examples: [
    { command: "chancery plan config/", what: "before the files are put in their place" },
    { command: "chancery plan config/ --http 10.0.0.1:18001 --format json", what: "for a program" },
  ],
  options: {
    http: httpOption,
    "with-errors": { type: "boolean", help: "Plan files with errors too, as far as these are in objects" },
    format: { type: "string", default: "text", value: "text|json", help: "How to write it" },
  },
  exitCodes: [
    ["0", "Nothing would change"],
    ["1", "Something would change"],
    ["2", "The arguments are wrong, a file has errors, or the control plane does not answer"],
  ],
  async run({ values, positionals }, io) {
    const format = oneOf("format", values.format, ["text", "json"]);
    const address = readHttpAddress(values.http);
    const read = await readOnce(positionals, io);
    const outcome = await understand(read, io);
    const hasErrors = writeProblems(outcome.problems, io);
    if (hasErrors && !(values["with-errors"] && canKeep(read, outcome))) {
      io.stderr.write("chancery: Nothing is planned: mend the errors first\n");
      return 2;
    }
    const request = { path: "/api/v1/config", signal: io.signal };
    const before = await getJson(address, request, serving).catch((error: unknown) => {
      if (!(error instanceof ChanceryError)) throw error;
      io.stderr.write(`chancery: ${error.message}\n`);
      return undefined;
    });
    if (before === undefined) return 2;
    const plan = toPlan(before, hasErrors ? keepServed(outcome, before.objects) : outcome);
    if (format === "json") io.stdout.write(`${JSON.stringify(plan, undefined, 2)}\n`);
    else io.stdout.write(formatPlan(plan, io));
    if (hasErrors) return 2;
    return isSame(plan.diff) ? 0 : 1;
  },
});

/** Whether all errors are in objects that a control plane shows: it keeps the content of files and of secrets to itself. */
function canKeep({ problems }: SourceState, { raw, model }: Outcome): boolean {
  const all = [...problems, ...raw.problems, ...model.problems.filter(({ path }) => path.startsWith("certificates."))];
  return !all.some(({ severity }) => severity === "error");
}

interface Plan {
  readonly diff: Diff;
  readonly blast: readonly Blast[];
  readonly moves: readonly Move[];
}

function toPlan(before: Serving, outcome: Outcome): Plan {
  const after = toState(outcome);
  const owned = before.groups.filter(({ kind, name }) => kind !== "node" || !isPut(name, before, after));
  const diff = diffStates({ objects: before.objects, groups: owned }, after);
  const blast = diff.groups.map((group) => {
    const find = ({ groups }: Pick<State, "groups">) =>
      groups.find(({ kind, name }) => kind === group.kind && name === group.name);
    const streams = before.streams.filter(({ node, fleet }) => (group.kind === "node" ? node : fleet) === group.name);
    return toBlast(group, { before: find(before), after: find(after), snapshot: snapshotOf(group, outcome), streams });
  });
  return { diff, blast, moves: findMoves(before, outcome.model) };
}

/** A snapshot that was PUT stays unless a file comes to say what its node has. */
function isPut(node: string, { apiNodes }: Serving, after: State): boolean {
  return apiNodes.includes(node) && !after.groups.some(({ kind, name }) => kind === "node" && name === node);
}

function snapshotOf({ kind, name }: GroupDiff, { raw, translation }: Outcome) {
  return kind === "fleet" ? translation.fleets.get(name)?.snapshot : raw.nodes.get(name)?.snapshot;
}

function formatPlan({ diff, blast, moves }: Plan, io: Parameters<typeof painter>[0]): string {
  if (isSame(diff)) return "Nothing would change\n";
  return `${formatDiff(diff, painter(io))}\n${formatBlast(blast, moves, painter(io))}`;
}
