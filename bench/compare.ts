import type { Case } from "./case.ts";
import type { Contender, ContenderName } from "./contenders.ts";
import { runLoad } from "./load.ts";
import { type Metrics, medians } from "./median.ts";
import type { Outcome } from "./report.ts";
import { type Server, startServer } from "./server.ts";
import { measureStart } from "./start.ts";

export interface CompareOptions {
  readonly loadProgram: string;
  readonly rounds: number;
  readonly signal: AbortSignal;
}

/**
 * Runs one case against all contenders in turn, round by round; who goes first changes, so that what disturbs the
 * machine disturbs them alike.
 */
export async function compare(
  contenders: readonly Contender[],
  case_: Case,
  { loadProgram, rounds, signal }: CompareOptions,
): Promise<Outcome> {
  const runs = new Map<ContenderName, Metrics[]>(contenders.map(({ name }) => [name, []]));
  const problems: string[] = [];
  await using servers = new Servers(signal);
  for (let round = 0; round < Math.min(rounds, case_.rounds ?? rounds); round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const server = await servers.get(contender);
      try {
        const { load } = case_.scenario;
        const metrics =
          load === "start" ? await measureStart(server, signal) : await runLoad(loadProgram, case_, { server, signal });
        runs.get(contender.name)?.push(metrics);
      } catch (error) {
        signal.throwIfAborted();
        problems.push(error instanceof Error ? error.message : String(error));
      }
      if (case_.scenario.isolated) await servers.stop(contender);
    }
  }
  const measured = [...runs].filter(([, metrics]) => metrics.length > 0);
  return {
    case: case_,
    metrics: Object.fromEntries(measured.map(([name, metrics]) => [name, medians(metrics)])),
    problems,
  };
}

/** Starts each contender when it is first asked for. */
class Servers implements AsyncDisposable {
  readonly #signal: AbortSignal;
  readonly #running = new Map<Contender, Server>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async get(contender: Contender): Promise<Server> {
    const server = this.#running.get(contender) ?? (await startServer(contender, this.#signal));
    this.#running.set(contender, server);
    return server;
  }

  async stop(contender: Contender): Promise<void> {
    await this.#running.get(contender)?.[Symbol.asyncDispose]();
    this.#running.delete(contender);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.keys()].map((contender) => this.stop(contender)));
  }
}
