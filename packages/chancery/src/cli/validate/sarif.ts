import { isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { LocatedProblem } from "../../documents/document.ts";
import { version } from "../../version.ts";

/**
 * Problems as a SARIF log with one run, in which each code is a rule.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
 */
export function toSarif(problems: readonly LocatedProblem[], cwd: string): object {
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "chancery", semanticVersion: version, rules: codes.map(toRule) } },
        columnKind: "utf16CodeUnits",
        results: problems.map((problem) => toResult(problem, codes.indexOf(problem.code), cwd)),
      },
    ],
  };
}

/** What paths in the log are relative to: the root of the sources, where the command is run. */
const root = "%SRCROOT%";

function toRule(code: string): object {
  const words = code.replaceAll("-", " ");
  const text = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
  return { id: code, shortDescription: { text }, defaultConfiguration: { level: "error" } };
}

function toResult(problem: LocatedProblem, ruleIndex: number, cwd: string): object {
  const { code, severity, path, message, hint, origin, position } = problem;
  const text = `${path === "" ? "" : `${path}: `}${message}${hint === undefined ? "" : `; ${hint}`}`;
  const region = position ? { startLine: position.line, startColumn: position.column } : { startLine: 1 };
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text },
    locations: [
      {
        physicalLocation: { artifactLocation: toArtifact(origin, cwd), region },
        ...(path !== "" && { logicalLocations: [{ fullyQualifiedName: path }] }),
      },
    ],
  };
}

function toArtifact(origin: string, cwd: string): object {
  const absolute = resolve(cwd, origin);
  const inside = relative(resolve(cwd), absolute);
  if (isAbsolute(inside) || inside.startsWith("..")) return { uri: pathToFileURL(absolute).href };
  return { uri: inside.split(sep).map(encodeURIComponent).join("/"), uriBaseId: root };
}
