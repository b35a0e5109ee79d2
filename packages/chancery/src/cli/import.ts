import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { formatProblem } from "@chancery/envoy-api";
import { formatDiff } from "../compare/format.ts";
import { type Document, formatPlace } from "../documents/document.ts";
import { parseDocuments } from "../documents/parse.ts";
import { isSystemError } from "../errors.ts";
import { type Comparison, compareWithInput } from "../import/compare.ts";
import { isConfigDump, toStaticBootstrap } from "../import/config-dump.ts";
import { type Imported, importBootstrap } from "../import/import.ts";
import { toConfigText } from "../import/write.ts";
import { isRecord } from "../is-record.ts";
import { yaml } from "../lazy.ts";
import { kindKeys } from "../model/model.ts";
import { escapeControls } from "../text-safety.ts";
import { type Paint, painter } from "./color.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { hidesSecrets } from "./translate/bootstrap-text.ts";
import { writeFileAtOnce } from "./translate/write.ts";

export const importCommand = defineCommand({
  name: "import",
  summary: "Make a model of a static Envoy configuration, and prove that it means the same",
  usage: "import FILE [OPTIONS]",
  description:
    "Reads an Envoy's own file (YAML or JSON), or what a running one says at /config_dump, and writes the model of it. " +
    "What the model has no words for becomes patches. Then the model is translated and compared with the file, resource " +
    "by resource; names that the model gives count for nothing, and are listed.",
  examples: [
    { command: "chancery import envoy.yaml -o chancery.yaml", what: "the same Envoy, as a model" },
    { command: "chancery import envoy.yaml --plain", what: "the model without patches, and what changes with it" },
    {
      command: "curl -s 'localhost:9901/config_dump?include_eds' > dump.json && chancery import dump.json",
      what: "what runs now",
    },
  ],
  options: {
    output: { type: "string", short: "o", value: "FILE", help: "The file to write; standard output by default" },
    plain: { type: "boolean", help: "Leave out patches: take the model's own defaults, and list what changes" },
  },
  exitCodes: [
    ["0", "The model means the same, but for names"],
    ["1", "Differences remain; they are listed"],
    ["2", "The arguments are wrong, or the file is none that Envoy would take"],
  ],
  async run({ values, positionals }, io) {
    const [path, ...others] = positionals;
    if (path === undefined || others.length > 0) throw new UsageError("What is to be imported? Name one file");
    const content = await readInput(path, io);
    const bootstrap = isConfigDump(content) ? toStaticBootstrap(content) : content;
    const imported = importBootstrap(bootstrap, { plain: values.plain });
    if (!imported.ok) {
      for (const problem of imported.problems) io.stderr.write(`${path}: ${escapeControls(formatProblem(problem))}\n`);
      throw new UsageError(`Cannot import "${path}": Envoy would refuse it`);
    }
    const text = toConfigText(imported, path);
    if (values.output === undefined) io.stdout.write(text);
    else
      await writeFileAtOnce(resolve(io.cwd, values.output), {
        text,
        secret: hidesSecrets(imported.bootstrap),
      });
    // What was written is what is compared, as the next reader will find it.
    const comparison = compareWithInput(yaml().parse(text), imported);
    report({ path, imported, comparison }, io);
    return comparison.differences.length > 0 || comparison.problems.length > 0 ? 1 : 0;
  },
});

async function readInput(path: string, io: Io): Promise<unknown> {
  const text = await readText(resolve(io.cwd, path), path);
  const parsed = parseDocuments(text, { origin: path, format: path.endsWith(".json") ? "json" : "yaml" });
  if (!parsed.ok) {
    for (const problem of parsed.problems) {
      io.stderr.write(`${formatPlace(path, problem.position)}: ${escapeControls(problem.message)}\n`);
    }
    throw new UsageError(`Cannot import "${path}": it is neither YAML nor JSON`);
  }
  const [document, ...others] = parsed.documents;
  if (document === undefined) throw new UsageError(`Cannot import "${path}": there is nothing in it`);
  if (others.length > 0) throw new UsageError(`Cannot import "${path}": it has to be one document`);
  if (isModel(document)) throw new UsageError(`Cannot import "${path}": it is a model already`);
  return document.content;
}

function isModel({ content }: Document): boolean {
  return isRecord(content) && kindKeys.some((key) => key in content);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8 text",
};

async function readText(file: string, path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new UsageError(`Cannot read "${path}": ${reasons[error.code] ?? error.message}`);
  }
}

interface Report {
  readonly path: string;
  readonly imported: Imported;
  readonly comparison: Comparison;
}

/** Beside the model, on standard error: what a person should know, names, and whether it means the same. */
function report({ path, imported, comparison }: Report, io: Io): void {
  const paint: Paint = painter({ ...io, stdout: io.stderr });
  const write = (line: string) => io.stderr.write(`${line}\n`);
  for (const { path: place, message } of imported.notes) {
    write(`${escapeControls(`${path}: ${place}:`)} ${paint("yellow", "note")} ${escapeControls(message)}`);
  }
  for (const { kind, from, to } of imported.names) write(escapeControls(`${kind} "${from}" is ${to}`));
  const { differences, problems } = comparison;
  for (const problem of problems) write(paint("red", escapeControls(`${problem.path}: ${problem.message}`)));
  const total = imported.expected.size;
  if (differences.length > 0) {
    const group = { kind: "fleet", name: "imported", change: "changed", resources: differences } as const;
    io.stderr.write(formatDiff({ objects: [], groups: [group] }, paint));
    write(`Not equal: ${differences.length} of ${total} listeners and clusters differ (- the file, + the model)`);
  } else write(paint("green", `Equal but for names: ${total} of ${total} listeners and clusters`));
}
