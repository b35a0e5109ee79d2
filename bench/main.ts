// Compares Chancery with its peers under the same load: `npm run bench -- --help`.
import { type Arguments, type Case, parseArguments, usage } from "./arguments.ts";
import { compare } from "./compare.ts";
import { type Contender, chancery, goControlPlane } from "./contenders.ts";
import { buildGo } from "./go.ts";
import { machine } from "./machine.ts";
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

async function bench({ cases, rounds, format, profile }: Arguments, signal: AbortSignal): Promise<void> {
  const peer = goControlPlane(await buildGo("peers/go-control-plane", signal));
  const loadProgram = await buildGo("xdsload", signal);
  const contenders = (of: Case): readonly Contender[] =>
    profile ? [chancery({ profile: profileName(of) })] : [chancery(), peer];

  const outcomes: Outcome[] = [];
  for (const [index, of] of cases.entries()) {
    console.error(`${index + 1}/${cases.length} ${of.scenario.name} ${of.variant} ${of.n} × ${of.k}`);
    const outcome = await compare(contenders(of), of, { loadProgram, rounds, signal });
    for (const problem of outcome.problems) console.error(problem);
    outcomes.push(outcome);
  }
  console.error(machine());
  console.log(formatReport(outcomes, format));
  if (profile) console.error(`Profiles: ${cases.map((of) => `bench/results/${profileName(of)}`).join(", ")}`);
  if (outcomes.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

function profileName({ scenario, variant, n, k }: Case): string {
  return `${scenario.name}-${variant}-${n}x${k}.cpuprofile`;
}
