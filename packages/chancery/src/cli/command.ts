import type { Writable } from "node:stream";

/** What a command may touch of the process that runs it. Tests give it streams of their own. */
export interface Io {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Aborted by the first SIGINT or SIGTERM: end what was started, then return. */
  readonly signal: AbortSignal;
}

/** One option of a command, as `node:util` parseArgs takes it, and what `--help` says about it. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  readonly default?: string;
  /** How the value is called in help, such as `HOST:PORT`. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** The value of each option: booleans are false and lists empty unless given. */
export type Values<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { type: "boolean" }
    ? boolean
    : O[Name] extends { multiple: true }
      ? readonly string[]
      : O[Name] extends { default: string }
        ? string
        : string | undefined;
};

export interface ParsedArgs<O extends Options = Options> {
  readonly values: Values<O>;
  /** Everything that is not an option, and everything after `--`. */
  readonly positionals: readonly string[];
}

/** One word after `chancery`. Its help is made from what it says about itself. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows `chancery`, such as `serve [OPTIONS] [PATH…]`. */
  readonly usage: string;
  /** Paragraphs for `--help`, beyond the summary. */
  readonly description?: string;
  readonly examples: readonly Example[];
  readonly options: O;
  /** What its exit codes mean; those of all commands by default. */
  readonly exitCodes?: readonly ExitCode[];
  /** Returns the exit code; throws UsageError for wrong arguments, anything else for a failure. */
  run(args: ParsedArgs<O>, io: Io): Promise<number>;
}

/** Commands by name. Each is loaded when it is asked for: a server starts without what the others need. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** For those who tell about all of them. */
export function loadAll(commands: Commands): Promise<readonly Command[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}

/** One or more exit codes, and what they say. */
export type ExitCode = readonly [code: string, meaning: string];

export interface Example {
  readonly command: string;
  readonly what: string;
}

/** The arguments are wrong: the message is printed, with a pointer to help, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Gives `run` the exact types of the options beside it. */
export function defineCommand<const O extends Options>(command: Command<O>): Command {
  // `run` gets its values from parseArgs with these very options, so the wider type loses nothing.
  return command as unknown as Command;
}
