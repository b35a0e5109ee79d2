import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ChanceryError } from "../errors.ts";
import { hashApiKey } from "../services/authorization/api-keys.ts";
import { hashPassword } from "../services/authorization/passwords.ts";
import { httpOption } from "./api.ts";
import { type DecisionOptions, decisionOptions, showDecisions } from "./authz/decisions.ts";
import { type AuthzOptions, authzOptions, explainRequest } from "./authz/explain.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";

export const authzCommand = defineCommand({
  name: "authz",
  summary: "Explain and show what authorization decides, and hash keys and passwords for it",
  usage: "authz explain URL [OPTIONS] | decisions [OPTIONS] | key | hash FILE [--password]",
  description:
    "explain shows each rule of a policy, and why it decides on the request or does not; it asks a running control " +
    "plane, or with --file reads files. The path of the URL is taken as it stands.\n" +
    "decisions shows what a running control plane has decided, and why.\n" +
    "key makes a new API key, and its hash for the configuration. hash hashes the first line of a file, which may be " +
    "/dev/stdin: a key, or with --password a password.",
  examples: [
    {
      command: "chancery authz explain https://shop.example.com/api -H 'x-api-key: …' --policy shop",
      what: "by a running control plane",
    },
    {
      command: "chancery authz explain http://shop.example.com/admin --source-ip 10.0.0.7 --file policies/",
      what: "by files",
    },
    { command: "chancery authz decisions --follow --decision deny", what: "what is denied, as it happens" },
    { command: "chancery authz key", what: "a new API key" },
    { command: "chancery authz hash --password /dev/stdin", what: "the hash of a password" },
  ],
  exitCodes: [
    ["0", "the request is allowed, or what was asked for was made"],
    ["1", "the request is denied, or it failed"],
    ["2", "the arguments are wrong"],
  ],
  options: {
    http: httpOption,
    ...authzOptions,
    ...decisionOptions,
    password: { type: "boolean", help: "With hash: it is a password and no key" },
  },
  async run({ values, positionals }, io) {
    const [name, ...rest] = positionals;
    const words = [...actions.keys()].join(", ");
    if (name === undefined) throw new UsageError(`Say what to do: ${words}`);
    const action = actions.get(name);
    if (!action) throw new UsageError(`Cannot do "${name}" with authorization: it would have to be one of ${words}`);
    const [argument, ...others] = rest;
    if (others.length > 0) throw new UsageError(`Unknown argument "${others[0]}"`);
    return await action(argument, values, io);
  },
});

interface AllOptions extends AuthzOptions, DecisionOptions {
  readonly password: boolean;
}

type Action = (argument: string | undefined, options: AllOptions, io: Io) => Promise<number>;

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["explain", explainRequest],
  ["decisions", showDecisions],
  ["key", key],
  ["hash", hash],
]);

async function key(argument: string | undefined, _: AllOptions, io: Io): Promise<number> {
  if (argument !== undefined) throw new UsageError(`Unknown argument "${argument}"`);
  const made = randomBytes(32).toString("base64url");
  io.stdout.write(`key   ${made}\nhash  ${hashApiKey(made)}\n`);
  return 0;
}

async function hash(path: string | undefined, { password }: AllOptions, io: Io): Promise<number> {
  if (path === undefined) throw new UsageError("Hash what? Name a file, such as /dev/stdin");
  const [line = ""] = (await readText(path, io.cwd)).split(/\r?\n/);
  if (line === "")
    throw new ChanceryError("no-secret", `There is nothing to hash in "${path}": its first line is empty`);
  io.stdout.write(`${password ? await hashPassword(line) : hashApiKey(line)}\n`);
  return 0;
}

async function readText(path: string, cwd: string): Promise<string> {
  try {
    return await readFile(resolve(cwd, path), "utf8");
  } catch (cause) {
    throw new ChanceryError("no-file", `Cannot read "${path}"`, { cause });
  }
}
