import type { Command, Example, ExitCode, Option, Options } from "./command.ts";
import { helpOption } from "./parse.ts";

/** What exit codes mean, unless a command says otherwise. */
export const exitCodes: readonly ExitCode[] = [
  ["0", "Done, or ended by SIGINT or SIGTERM after draining"],
  ["1", "Something failed: a port is taken, a file cannot be written"],
  ["2", "The arguments are wrong"],
  ["130, 143", "Ended at once by a second SIGINT, SIGTERM"],
];

/** What `chancery --help` prints. */
export function programHelp(commands: readonly Command[]): string {
  return paragraphs([
    "chancery: an Envoy control plane",
    section("Usage", [["chancery COMMAND [OPTIONS]", ""]]),
    section(
      "Commands",
      commands.map(({ name, summary }) => [name, summary]),
    ),
    section("Options", [
      ["-h, --help", "Show this help, or with a command the help of that"],
      ["-V, --version", "Show the version"],
    ]),
    examplesSection(commands.flatMap(({ examples }) => examples.slice(0, 1))),
    section("Exit codes", exitCodes),
    section("Environment", [["NO_COLOR", "If set, nothing is coloured"]]),
  ]);
}

/** What `chancery COMMAND --help` prints. */
export function commandHelp(command: Command): string {
  const options: Options = { ...command.options, help: helpOption };
  return paragraphs([
    `chancery ${command.name}: ${command.summary}`,
    section("Usage", [[`chancery ${command.usage}`, ""]]),
    command.description,
    section("Options", Object.entries(options).map(toOptionRow)),
    examplesSection(command.examples),
    section("Exit codes", command.exitCodes ?? exitCodes),
  ]);
}

function toOptionRow([name, option]: [string, Option]): readonly [string, string] {
  const { type, short, value = "VALUE", help, default: normally } = option;
  const flags = `${short === undefined ? "    " : `-${short}, `}--${name}${type === "string" ? ` ${value}` : ""}`;
  return [flags, normally === undefined ? help : `${help} [${normally}]`];
}

function examplesSection(examples: readonly Example[]): string | undefined {
  if (examples.length === 0) return undefined;
  return ["Examples:", ...examples.map(({ command, what }) => `  # ${what}\n  ${command}`)].join("\n");
}

function section(title: string, rows: readonly (readonly [string, string])[]): string | undefined {
  if (rows.length === 0) return undefined;
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd());
  return [`${title}:`, ...lines].join("\n");
}

function paragraphs(parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined).join("\n\n")}\n`;
}
