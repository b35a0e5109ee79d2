import { parseArgs } from "node:util";
import { type Command, type Option, type Options, type ParsedArgs, UsageError } from "./command.ts";
import { didYouMean } from "./suggest.ts";

/** Every command has this one. */
export const helpOption = { type: "boolean", short: "h", help: "Show this help" } as const satisfies Option;

/** Reads the words after a command's name. Throws a UsageError that says what would be right. */
export function parseCommandArgs(command: Command, args: readonly string[]): ParsedArgs & { readonly help: boolean } {
  const options: Options = { ...command.options, help: helpOption };
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: toNodeOptions(options),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const values: Record<string, boolean | string | string[] | undefined> = toDefaults(options);
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, options);
    const value = toValue(token, option);
    const list = values[token.name];
    if (!Array.isArray(list)) values[token.name] = value;
    else if (typeof value === "string") list.push(value);
  }
  const { help, ...rest } = values;
  // Each value was made by the option of its name, as `Values` says.
  return { values: rest as ParsedArgs["values"], positionals, help: help === true };
}

function toNodeOptions(options: Options) {
  return Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
}

function toDefaults(options: Options): Record<string, boolean | string | string[] | undefined> {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => {
      if (option.type === "boolean") return [name, false];
      return [name, option.multiple ? [] : option.default];
    }),
  );
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function toValue({ rawName, value, inlineValue }: OptionToken, option: Option): boolean | string {
  if (option.type === "boolean") {
    if (value === undefined) return true;
    throw new UsageError(`Option "${rawName}" takes no value`);
  }
  // `--a --b` is more likely a value forgotten than a value "--b".
  if (value === undefined || (!inlineValue && value.startsWith("-") && value !== "-")) {
    throw new UsageError(`Option "${rawName}" needs a value: ${rawName} ${option.value ?? "VALUE"}`);
  }
  return value;
}

function unknownOption(rawName: string, options: Options): UsageError {
  const known = Object.keys(options).map((name) => `--${name}`);
  return new UsageError(`There is no option "${rawName}"${didYouMean(rawName, known)}`);
}
