import { glob, readFile, stat } from "node:fs/promises";
import { join, parse, resolve } from "node:path";
import type { LocatedProblem } from "../documents/document.ts";
import { ChanceryError } from "../errors.ts";
import { isTestFile } from "../sources/file-tree.ts";
import { painter } from "./color.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { loadResources } from "./load-resources.ts";
import { oneOf } from "./one-of.ts";
import { writeProblems } from "./problems.ts";
import { requirePath } from "./require-path.ts";
import { parseTestCases, type TestCase } from "./test/case.ts";
import { testOffline } from "./test/offline.ts";
import { formatResults, resultsToJson, resultsToJunit } from "./test/report.ts";
import type { Tested, TestResult } from "./test/result.ts";

export const testCommand = defineCommand({
  name: "test",
  summary: "Test where requests go, and what becomes of them",
  usage: "test PATH… [OPTIONS]",
  description:
    "Tests are in files beside the configuration: in a folder all that are named *.test.yaml, beside edge.yaml the file " +
    "edge.test.yaml. Each is a list of {name, request, expect}: a request has url, method, headers, node or fleet; " +
    "expected are service, status, route, location, path, host, headers, requestHeaders, body. What becomes of a request " +
    "follows from the resources, and nothing is sent; with --envoy requests go through a real Envoy on free ports, with " +
    "an upstream for each service that says its name. Services answer with status 200.",
  examples: [
    { command: "chancery test config/", what: "all tests of a folder, in milliseconds" },
    { command: "chancery test edge.yaml edge.test.yaml --envoy", what: "through a real Envoy" },
    { command: "chancery test config/ --format junit > results.xml", what: "for a build server" },
  ],
  options: {
    envoy: { type: "boolean", help: "Send the requests through a real Envoy" },
    only: { type: "string", value: "TEXT", help: "Only tests with this in their names" },
    format: { type: "string", default: "text", value: "text|json|junit", help: "How to write it" },
  },
  exitCodes: [
    ["0", "All tests passed"],
    ["1", "A test failed, there are errors in a file, or there are no tests"],
    ["2", "The arguments are wrong"],
  ],
  async run({ values, positionals }, io) {
    const format = oneOf("format", values.format, ["text", "json", "junit"]);
    if (positionals.length === 0) throw new UsageError("What is to be tested? Name files or folders");
    for (const path of positionals) await requirePath(path, io.cwd);
    const configuration = positionals.filter((path) => !isTestFile(path));
    if (configuration.length === 0) throw new UsageError("There are only tests: name the configuration too");
    const found = await readTests(positionals, io);
    const { only = "" } = values;
    const cases = found.cases.filter(({ name }) => name.includes(only));
    if (cases.length === 0 && found.problems.length === 0) throw noTests(positionals, values.only);
    const run = values.envoy ? (await import("./test/with-envoy.ts")).testWithEnvoy : testAllOffline;
    const { results, problems } = await run(cases, configuration, io);
    const hasErrors = writeProblems([...found.problems, ...problems], io);
    io.stdout.write(formats[format](results, { paint: painter(io) }));
    return hasErrors || results.some(({ outcome }) => outcome.kind === "failed") ? 1 : 0;
  },
});

const formats = { text: formatResults, json: resultsToJson, junit: resultsToJunit };

interface Found {
  readonly cases: readonly TestCase[];
  readonly problems: readonly LocatedProblem[];
}

async function readTests(paths: readonly string[], io: Io): Promise<Found> {
  const files = new Set<string>();
  for (const path of paths) for (const file of await testFilesOf(path, io.cwd)) files.add(file);
  const read = await Promise.all(
    [...files].map(async (file) => parseTestCases(await readFile(resolve(io.cwd, file), "utf8"), file)),
  );
  return { cases: read.flatMap(({ cases }) => cases), problems: read.flatMap(({ problems }) => problems) };
}

async function testFilesOf(path: string, cwd: string): Promise<readonly string[]> {
  const absolute = resolve(cwd, path);
  const isFile = (file: string) =>
    stat(resolve(cwd, file)).then(
      (stats) => stats.isFile(),
      () => false,
    );
  if (!(await isFile(path))) {
    const files = await Array.fromAsync(glob("**/*.test.{yaml,yml,json}", { cwd: absolute }));
    return files
      .filter((file) => !/(^|\/)\./.test(file))
      .sort()
      .map((file) => join(path, file));
  }
  if (isTestFile(path)) return [path];
  const { dir, name } = parse(path);
  const beside = [".yaml", ".yml", ".json"].map((extension) => join(dir, `${name}.test${extension}`));
  const there = await Promise.all(beside.map(isFile));
  return beside.filter((_, index) => there[index]);
}

function noTests(paths: readonly string[], only: string | undefined): ChanceryError {
  const where = paths.map((path) => `"${path}"`).join(", ");
  const which = only === undefined ? "" : ` with "${only}" in its name`;
  const message = `There is no test${which} in ${where}: tests are in files named such as edge.test.yaml`;
  return new ChanceryError("no-tests", message);
}

async function testAllOffline(cases: readonly TestCase[], configuration: readonly string[], io: Io): Promise<Tested> {
  const loaded = await loadResources(configuration, io.cwd);
  const results = cases.map((test): TestResult => {
    const startMs = performance.now();
    const outcome = testOffline(test, loaded);
    return { case: test, outcome, ms: Math.round(performance.now() - startMs) };
  });
  return { results, problems: loaded.problems };
}
