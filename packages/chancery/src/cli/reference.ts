import type { Command, Example, ExitCode, Option } from "./command.ts";
import { exitCodes } from "./help.ts";
import { helpOption } from "./parse.ts";

/** The page of all commands, as Markdown: what `--help` says. */
export function toCommandReference(commands: readonly Command[]): string {
  const sections = [
    "# Commands",
    "`chancery COMMAND --help` says the same. Options may stand anywhere; what comes after `--` is none. With `NO_COLOR` set, " +
      "or where output goes to no terminal, nothing is coloured.",
    table(
      ["command", "what it does"],
      commands.map(({ name, summary }) => [`[\`${name}\`](#${name})`, summary]),
    ),
    "Unless a command says otherwise, its exit codes are:",
    exitTable(exitCodes),
    ...commands.flatMap(toSection),
  ];
  return `${sections.join("\n\n")}\n`;
}

function toSection(command: Command): readonly string[] {
  const { name, summary, usage, description, options, examples, exitCodes: own } = command;
  const rows = Object.entries<Option>({ ...options, help: helpOption }).map(toRow);
  return [
    `## ${name}`,
    `${summary}.`,
    fence(usage.split(" | ").length > 1 ? alternatives(usage) : [`chancery ${usage}`]),
    ...(description === undefined ? [] : [escapeText(description)]),
    table(["option", "what it says", "default"], rows),
    fence(examples.flatMap(toLines), "sh"),
    ...(own === undefined ? [] : [exitTable(own)]),
  ];
}

/** `a X | a Y` are two ways to call a command, `a x | y` is one. */
function alternatives(usage: string): readonly string[] {
  const parts = usage.split(" | ");
  const [word = ""] = usage.split(" ");
  return parts.every((part) => part.startsWith(`${word} `))
    ? parts.map((part) => `chancery ${part}`)
    : [`chancery ${usage}`];
}

function toRow([name, { short, type, value = "VALUE", help, default: normally }]: readonly [string, Option]): string[] {
  const spelling = `\`${short === undefined ? "" : `-${short}, `}--${name}${type === "string" ? ` ${value}` : ""}\``;
  return [spelling, help, normally === undefined ? "" : `\`${normally}\``];
}

function toLines({ command, what }: Example): readonly string[] {
  return [`# ${what}`, command];
}

function exitTable(codes: readonly ExitCode[]): string {
  return table(["exit code", "means"], codes);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows.map((row) => row.map(escapeCell))];
  return lines.map((cells) => `| ${cells.join(" | ")} |`.replaceAll(/ +\|/g, " |")).join("\n");
}

function escapeCell(text: string): string {
  return escapeText(text).replaceAll("|", "\\|");
}

/** Outside of code, `<` begins a tag and `*` emphasis. */
function escapeText(text: string): string {
  return text.replace(/`[^`]*`|[<*]/g, (part) => (part.length > 1 ? part : `\\${part}`));
}

function fence(lines: readonly string[], language = ""): string {
  return ["```", language, "\n", lines.join("\n"), "\n```"].join("");
}
