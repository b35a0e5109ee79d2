import type { Command, Option } from "../command.ts";
import { helpOption } from "../parse.ts";

export type Shell = "bash" | "zsh" | "fish";

/** The script that a shell reads to complete these commands. */
export function toScript(shell: Shell, commands: readonly Command[]): string {
  return `${scripts[shell](commands).join("\n")}\n`;
}

const scripts: Readonly<Record<Shell, (commands: readonly Command[]) => readonly string[]>> = { bash, zsh, fish };

interface Flag {
  readonly name: string;
  readonly option: Option;
  /** The words that it takes, if these are a few. */
  readonly words: readonly string[];
}

function flagsOf({ options }: Command): readonly Flag[] {
  const all: Readonly<Record<string, Option>> = { ...options, help: helpOption };
  return Object.entries(all).map(([name, option]) => ({ name, option, words: wordsOf(option) }));
}

/** `text|json` names the words themselves, `HOST:PORT` what is to be written. */
function wordsOf({ value = "" }: Option): readonly string[] {
  return /^[a-z0-9-]+(\|[a-z0-9-]+)+$/.test(value) ? value.split("|") : [];
}

/** Words that stand in the place of a path, such as `install | path | run`. */
function actionsOf({ usage }: Command): readonly string[] {
  const [words = ""] = /[a-z]+( ?\| ?[a-z]+)+/.exec(usage.replace(/\[.*/, "")) ?? [];
  return words === "" ? [] : words.split("|").map((word) => word.trim().split(" ").at(-1) ?? "");
}

function takesFiles({ usage }: Command): boolean {
  return /PATH|\bA B\b/.test(usage);
}

function bash(commands: readonly Command[]): readonly string[] {
  const names = commands.map(({ name }) => name);
  return [
    "_chancery() {",
    `  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words='' files=''`,
    "  COMPREPLY=()",
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W '${[...names, "help", "--help", "--version"].join(" ")}' -- "$cur"))`,
    "    return",
    "  fi",
    `  case "\${COMP_WORDS[1]}" in`,
    `    help) words='${names.join(" ")}' ;;`,
    ...commands.flatMap((command) => {
      const flags = flagsOf(command);
      const valued = flags.filter(({ option }) => option.type === "string");
      const all = flags.map(({ name }) => `--${name}`);
      return [
        `    ${command.name})`,
        '      case "$prev" in',
        ...valued.map(({ name, option, words }) => {
          const patterns = [`--${name}`, ...(option.short === undefined ? [] : [`-${option.short}`])].join("|");
          const reply =
            words.length > 0 ? `COMPREPLY=($(compgen -W '${words.join(" ")}' -- "$cur"))` : fileReply(option);
          return `        ${patterns}) ${reply}; return ;;`;
        }),
        "      esac",
        `      words='${[...actionsOf(command), ...all].join(" ")}'`,
        ...(takesFiles(command) ? ["      files=yes"] : []),
        "      ;;",
      ];
    }),
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))',
    '  case "$cur" in -*) ;; *) [ -n "$files" ] && COMPREPLY+=($(compgen -f -- "$cur")) ;; esac',
    "}",
    "complete -o filenames -F _chancery chancery",
  ];
}

function fileReply({ value }: Option): string {
  return isFile(value) ? 'COMPREPLY=($(compgen -f -- "$cur"))' : "COMPREPLY=()";
}

function isFile(value: string | undefined): boolean {
  return value !== undefined && /^(PATH|FILE|DIR)/.test(value);
}

function zsh(commands: readonly Command[]): readonly string[] {
  return [
    "#compdef chancery",
    "_chancery() {",
    "  local -a commands",
    "  commands=(",
    ...commands.map(({ name, summary }) => `    ${quote(`${name}:${summary}`)}`),
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command commands",
    "    return",
    "  fi",
    '  case "$words[2]" in',
    "    help) _describe command commands ;;",
    ...commands.flatMap((command) => [
      `    ${command.name})`,
      "      shift words; (( CURRENT-- ))",
      `      _arguments -s ${[...flagsOf(command).flatMap(zshFlag), ...zshRest(command)].map(quote).join(" ")}`,
      "      ;;",
    ]),
    "  esac",
    "}",
    "compdef _chancery chancery",
  ];
}

function zshFlag({ name, option, words }: Flag): readonly string[] {
  const { short, help, value = "VALUE", type, multiple = false } = option;
  const what = help.replace(/[[\]:\\]/g, "\\$&");
  const action = words.length > 0 ? `(${words.join(" ")})` : isFile(value) ? "_files" : " ";
  const tail = type === "boolean" ? `[${what}]` : `[${what}]:${value.replaceAll(":", "\\:")}:${action}`;
  const spellings = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
  return spellings.map((spelling) => `${multiple ? "*" : ""}${spelling}${tail}`);
}

function zshRest(command: Command): readonly string[] {
  const actions = actionsOf(command);
  if (actions.length > 0) return [`1: :(${actions.join(" ")})`];
  return takesFiles(command) ? ["*: :_files"] : [];
}

function fish(commands: readonly Command[]): readonly string[] {
  const rest = "complete -c chancery";
  return [
    `${rest} -f`,
    ...commands.map(({ name, summary }) => `${rest} -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`),
    ...commands.flatMap((command) => {
      const at = `${rest} -n '__fish_seen_subcommand_from ${command.name}'`;
      const actions = actionsOf(command);
      return [
        ...(actions.length > 0 ? [`${at} -a ${quote(actions.join(" "))}`] : []),
        ...(takesFiles(command) ? [`${at} -F`] : []),
        ...flagsOf(command).map(({ name, option, words }) => {
          const short = option.short === undefined ? "" : ` -s ${option.short}`;
          const needs = words.length > 0 ? ` -x -a ${quote(words.join(" "))}` : isFile(option.value) ? " -r -F" : " -x";
          return `${at} -l ${name}${short}${option.type === "string" ? needs : ""} -d ${quote(option.help)}`;
        }),
      ];
    }),
  ];
}

/** For all three shells. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
