import { type Diff, diffStates, isSame } from "../compare/diff.ts";
import { formatDiff } from "../compare/format.ts";
import { toState } from "../compare/outcome.ts";
import { splitAlone } from "./alone.ts";
import { painter } from "./color.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { type ComparedSide, diffAlone } from "./diff-alone.ts";
import { readOnce, understand } from "./load.ts";
import { oneOf } from "./one-of.ts";
import { writeProblems } from "./problems.ts";

export const diffCommand = defineCommand({
  name: "diff",
  summary: "Show what differs between two configurations, in the model and in Envoy's resources",
  usage: "diff A B [OPTIONS]",
  description:
    "A and B are files or folders. Objects and resources are added (+), removed (-) or changed (~), and of those that " +
    "changed each field is shown. What is wrong in a file is left out of the comparison, and named. One of them may be " +
    "the file of an Envoy that runs by itself (static_resources): then what it means is compared with what the fleet " +
    "would have, and names of listeners and routes count for nothing, nor does whether a default is said.",
  examples: [
    { command: "chancery diff config/ ../new/config/", what: "two folders" },
    { command: "chancery diff old.yaml new.yaml --format json", what: "for a program" },
    { command: "chancery diff envoy.yaml config/", what: "an Envoy's own file, and a model that is to take its place" },
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
    const [a, b] = [await readSide(before, io), await readSide(after, io)];
    const isAlone = a.alone.length + b.alone.length > 0;
    // What an Envoy's own file says wrong is named already.
    if (isAlone && (a.hasErrors || b.hasErrors)) return 2;
    const diff = isAlone ? diffAlone(a, b, io.cwd) : diffStates(toState(a.outcome), toState(b.outcome));
    io.stdout.write(format === "json" ? toJson(diff) : formatDiff(diff, painter(io)));
    if (a.hasErrors || b.hasErrors) return 2;
    return isSame(diff) ? 0 : 1;
  },
});

interface Side extends ComparedSide {
  readonly hasErrors: boolean;
}

async function readSide(path: string, io: Io): Promise<Side> {
  const state = await readOnce([path], io);
  const { alone, documents, problems } = splitAlone(state.documents);
  const outcome = await understand({ ...state, documents }, io);
  return { path, outcome, alone, hasErrors: writeProblems([...outcome.problems, ...problems], io) };
}

function toJson(diff: Diff): string {
  return `${JSON.stringify(diff, undefined, 2)}\n`;
}
