import { type Diff, diffStates, isSame } from "../compare/diff.ts";
import { formatDiff } from "../compare/format.ts";
import { toState } from "../compare/outcome.ts";
import type { State } from "../compare/state.ts";
import { painter } from "./color.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { load } from "./load.ts";
import { oneOf } from "./one-of.ts";
import { writeProblems } from "./problems.ts";

export const diffCommand = defineCommand({
  name: "diff",
  summary: "Show what differs between two configurations, in the model and in Envoy's resources",
  usage: "diff A B [OPTIONS]",
  description:
    "A and B are files or folders. Objects and resources are added (+), removed (-) or changed (~), and of those that " +
    "changed each field is shown. What is wrong in a file is left out of the comparison, and named.",
  examples: [
    { command: "chancery diff config/ ../new/config/", what: "two folders" },
    { command: "chancery diff old.yaml new.yaml --format json", what: "for a program" },
  ],
  options: {
    format: { type: "string", default: "text", value: "text|json", help: "How to write it" },
  },
  exitCodes: [
    ["0", "They mean the same"],
    ["1", "They differ"],
    ["2", "The arguments are wrong, or a file has errors"],
  ],
  async run({ values, positionals }, io) {
    const format = oneOf("format", values.format, ["text", "json"]);
    const [before, after, ...others] = positionals;
    if (before === undefined || after === undefined || others.length > 0) {
      throw new UsageError("What is to be compared? Name two files or folders");
    }
    const a = await readState(before, io);
    const b = await readState(after, io);
    const diff = diffStates(a.state, b.state);
    io.stdout.write(format === "json" ? toJson(diff) : formatDiff(diff, painter(io)));
    if (a.hasErrors || b.hasErrors) return 2;
    return isSame(diff) ? 0 : 1;
  },
});

interface Read {
  readonly state: State;
  readonly hasErrors: boolean;
}

async function readState(path: string, io: Io): Promise<Read> {
  const outcome = await load([path], io);
  const hasErrors = writeProblems(outcome.problems, io);
  return { state: toState(outcome), hasErrors };
}

function toJson(diff: Diff): string {
  return `${JSON.stringify(diff, undefined, 2)}\n`;
}
