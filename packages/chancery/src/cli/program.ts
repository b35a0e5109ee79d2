import { ChanceryError } from "../errors.ts";
import { version } from "../version.ts";
import { type Command, type Commands, type Io, loadAll, UsageError } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { parseCommandArgs } from "./parse.ts";
import { didYouMean } from "./suggest.ts";

/** Runs the command that the arguments name and returns the exit code: 0 done, 1 failed, 2 wrong arguments. */
export async function runProgram(commands: Commands, args: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = args;
  const help = async () => programHelp(await loadAll(commands));
  if (first === "--version" || first === "-V") return print(io, `${version}\n`);
  if (first === "--help" || first === "-h") return print(io, await help());
  if (first === "help" && rest.length === 0) return print(io, await help());
  if (first === undefined) {
    io.stderr.write(await help());
    return 2;
  }
  const name = (first === "help" ? rest[0] : first) ?? "";
  const command = Object.hasOwn(commands, name) ? await commands[name]?.() : undefined;
  try {
    if (command === undefined) throw unknownWord(Object.keys(commands), name);
    if (first === "help") return print(io, commandHelp(command));
    const { help, ...parsed } = parseCommandArgs(command, rest);
    return help ? print(io, commandHelp(command)) : await command.run(parsed, io);
  } catch (error) {
    return report(error, command, io);
  }
}

function print(io: Io, text: string): number {
  io.stdout.write(text);
  return 0;
}

function unknownWord(known: readonly string[], word: string): UsageError {
  if (word.startsWith("-")) {
    return new UsageError(`There is no option "${word}"${didYouMean(word, ["--help", "--version"])}`);
  }
  return new UsageError(`There is no command "${word}"${didYouMean(word, known) || `; there are ${known.join(", ")}`}`);
}

function report(error: unknown, command: Command | undefined, io: Io): number {
  if (error instanceof UsageError) {
    const help = command === undefined ? "chancery --help" : `chancery ${command.name} --help`;
    io.stderr.write(`chancery: ${error.message}\nTry "${help}".\n`);
    return 2;
  }
  if (error instanceof ChanceryError) {
    io.stderr.write(`chancery: ${error.message}\n`);
    return 1;
  }
  throw error;
}
