import type { LocatedProblem } from "../documents/document.ts";
import { painter } from "./color.ts";
import { defineCommand, UsageError } from "./command.ts";
import { readOnce, understand } from "./load.ts";
import { oneOf } from "./one-of.ts";
import { sortProblems } from "./problems.ts";
import { checkWithEnvoy } from "./validate/envoy.ts";
import { toSarif } from "./validate/sarif.ts";
import { checkServiceFiles } from "./validate/service-files.ts";
import { formatProblems } from "./validate/text.ts";

export const validateCommand = defineCommand({
  name: "validate",
  summary: "Check configuration, and say what is wrong where",
  usage: "validate PATH… [OPTIONS]",
  description:
    "Reads files and folders as the server does and lists what is wrong by its place, with what would be right. Nothing " +
    "is served. With --envoy, Envoy itself checks what each fleet would get.",
  examples: [
    { command: "chancery validate config/", what: "a folder" },
    { command: "chancery validate config/ --strict --envoy", what: "before a merge: no warnings, and Envoy agrees" },
    { command: "chancery validate config/ --authorization authz.yaml", what: "with what its policies refer to" },
    { command: "chancery validate config/ --format sarif > chancery.sarif", what: "for code scanning" },
  ],
  options: {
    format: { type: "string", default: "text", value: "text|json|sarif", help: "How to write it" },
    strict: { type: "boolean", help: "Take warnings for errors" },
    authorization: {
      type: "string",
      multiple: true,
      value: "PATH",
      help: "Check these policies of authorization too, and that they have what the model names",
    },
    "rate-limits": {
      type: "string",
      multiple: true,
      value: "PATH",
      help: "The same for files of rate limits",
    },
    envoy: { type: "boolean", help: "Have Envoy check it too (envoy --mode validate)" },
  },
  exitCodes: [
    ["0", "Nothing is wrong, or there are only warnings"],
    ["1", "There are errors; with --strict, or warnings"],
    ["2", "The arguments are wrong"],
  ],
  async run({ values, positionals }, io) {
    const format = oneOf("format", values.format, ["text", "json", "sarif"]);
    if (positionals.length === 0) throw new UsageError("What is to be checked? Name files or folders");
    const state = await readOnce(positionals, io);
    const outcome = await understand(state, io);
    const ofEnvoy = values.envoy ? await checkWithEnvoy(outcome, io) : [];
    const { authorization, "rate-limits": rateLimits } = values;
    const ofServices = await checkServiceFiles(outcome.model, { authorization, rateLimits, cwd: io.cwd });
    const found = [...outcome.problems, ...ofServices, ...ofEnvoy];
    const problems = sortProblems(values.strict ? found.map(toError) : found);
    const files = new Set(state.documents.map(({ origin }) => origin)).size;
    io.stdout.write(formats[format](problems, { files, cwd: io.cwd, paint: painter(io) }));
    return problems.some(({ severity }) => severity === "error") ? 1 : 0;
  },
});

const formats = {
  text: formatProblems,
  json: (problems: readonly LocatedProblem[]) =>
    `${JSON.stringify({ problems: problems.map(toJson) }, undefined, 2)}\n`,
  sarif: (problems: readonly LocatedProblem[], { cwd }: { readonly cwd: string }) =>
    `${JSON.stringify(toSarif(problems, cwd), undefined, 2)}\n`,
};

function toError(problem: LocatedProblem): LocatedProblem {
  return { ...problem, severity: "error" };
}

function toJson({ origin, position, severity, code, path, message, hint }: LocatedProblem): object {
  return { file: origin, ...position, severity, code, path, message, ...(hint !== undefined && { hint }) };
}
