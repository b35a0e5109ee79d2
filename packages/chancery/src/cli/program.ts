import { ChanceryError } from "../errors.ts";
import { version } from "../version.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { commandHelp, programHelp } from "./help.ts";
import { parseCommandArgs } from "./parse.ts";
import { didYouMean } from "./suggest.ts";

/** Runs the command that the arguments name and returns the exit code: 0 done, 1 failed, 2 wrong arguments. */
export async function runProgram(commands: readonly Command[], args: readonly string[], io: Io): Promise<number> {
  const [first, ...rest] = args;
  if (first === "--version" || first === "-V") return print(io, `${version}\n`);
  if (first === "--help" || first === "-h") return print(io, programHelp(commands));
  if (first === "help" && rest.length === 0) return print(io, programHelp(commands));
  if (first === undefined) {
    io.stderr.write(programHelp(commands));
    return 2;
  }
  const name = first === "help" ? rest[0] : first;
  const command = commands.find((candidate) => candidate.name === name);
  try {
    if (command === undefined) throw unknownWord(commands, name ?? "");
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

function unknownWord(commands: readonly Command[], word: string): UsageError {
  if (word.startsWith("-")) {
    return new UsageError(`There is no option "${word}"${didYouMean(word, ["--help", "--version"])}`);
  }
  const known = commands.map(({ name }) => name);
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
