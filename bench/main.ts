// Compares Chancery with its peers under the same load: `npm run bench -- --help`.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Arguments, parseArguments, usage } from "./arguments.ts";
import { type Case, caseKey } from "./case.ts";
import { compare } from "./compare.ts";
import { type Contender, chancery, goControlPlane, type Profile, plainSockets } from "./contenders.ts";
import { drawCurves } from "./curves.ts";
import { buildGo } from "./go.ts";
import { formatGoals, standingOf } from "./goals-report.ts";
import { machine } from "./machine.ts";
import type { Metrics } from "./median.ts";
import { resultsDir } from "./paths.ts";
import { runProgram } from "./program.ts";
import { formatReport, type Outcome } from "./report.ts";

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());

try {
  const args = parseArguments(process.argv.slice(2));
  if (args.help) console.log(usage());
  else await bench(args, interrupted.signal);
} catch (error) {
  if (!interrupted.signal.aborted) console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function bench(args: Arguments, signal: AbortSignal): Promise<void> {
  const { cases, rounds, profile } = args;
  const loadProgram = await buildGo("xdsload", signal);
  const peers = [goControlPlane(await buildGo("peers/go-control-plane", signal)), plainSockets()];
  const contenders = (of: Case): readonly Contender[] => {
    if (profile !== undefined) return [chancery({ kind: profile, file: profileName(of, profile) })];
    const { peers: wanted = ["go-control-plane"] } = of.scenario;
    return [chancery(), ...peers.filter(({ name }) => wanted.includes(name))];
  };

  const outcomes: Outcome[] = [];
  for (const [index, of] of cases.entries()) {
    console.error(`${index + 1}/${cases.length} ${of.scenario.name} ${of.variant} ${of.n} × ${of.k}`);
    const outcome = await compare(contenders(of), of, { loadProgram, rounds, signal });
    for (const problem of outcome.problems) console.error(problem);
    outcomes.push(outcome);
  }
  await writeFile(join(resultsDir, "outcomes.json"), formatReport(outcomes, "json"));
  console.error(`${machine()}; all metrics: bench/results/outcomes.json`);
  console.log(await toReport(outcomes, args, signal));
  if (profile !== undefined) {
    console.error(`Profiles: ${cases.map((of) => `bench/results/${profileName(of, profile)}`).join(", ")}`);
  }
  if (outcomes.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

async function toReport(
  outcomes: readonly Outcome[],
  { command, goals, format }: Arguments,
  signal: AbortSignal,
): Promise<string> {
  if (command === "compare") return formatReport(outcomes, format);
  if (command === "curves") return (await drawCurves(outcomes)).join("\n");
  const files = new Set(goals.flatMap(({ source }) => ("program" in source ? [source.program] : [])));
  const programs = new Map<string, Metrics>();
  for (const file of files) programs.set(file, await runProgram(file, signal));
  return formatGoals(
    goals.map((goal) => standingOf(goal, { outcomes, programs })),
    format,
  );
}

function profileName(of: Case, kind: Profile["kind"]): string {
  return `${caseKey(of)}.${kind}profile`;
}
