import { access, cp, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Address } from "../../address.ts";
import { ChanceryError } from "../../errors.ts";
import { didYouMean } from "../suggest.ts";
import { type Description, descriptionFile, readDescription } from "./description.ts";

/** An example as it is found. */
export interface Example {
  readonly folder: string;
  /** Whether its files are there to be edited, as in a clone of the repository. */
  readonly editable: boolean;
  readonly description: Description;
}

/** An example that is ready to run. */
export interface PreparedExample extends Omit<Example, "editable"> {
  /** Whether it is a copy that goes when the demo ends. */
  readonly temporary: boolean;
}

/** Finds an example by its folder, or by its name among those that come with Chancery. */
export async function findExample(name: string, cwd: string): Promise<Example> {
  const folder = resolve(cwd, name);
  if (await exists(join(folder, descriptionFile))) return load(folder, true);
  for (const root of [inRepository, inPackage]) {
    if (!(await exists(join(root, name, descriptionFile)))) continue;
    return load(join(root, name), root === inRepository);
  }
  const names = await exampleNames();
  const message = `Cannot find an example "${name}"${didYouMean(name, names)}`;
  throw new ChanceryError(
    "example-missing",
    `${message}\nThere are ${names.join(", ")}; or name a folder of your own.`,
  );
}

/** The names of the examples that come with Chancery. */
export async function exampleNames(): Promise<readonly string[]> {
  for (const root of [inRepository, inPackage]) {
    const names = await readdir(root).catch(() => []);
    const described = await Promise.all(names.map((name) => exists(join(root, name, descriptionFile))));
    if (described.includes(true)) return names.filter((_, index) => described[index]);
  }
  return [];
}

async function load(folder: string, editable: boolean): Promise<Example> {
  return { folder, editable, description: await readDescription(folder) };
}

export interface PrepareOptions {
  /** The ports to use for those that the example names. */
  readonly ports: ReadonlyMap<number, number>;
  /** Where the HTTP API is. */
  readonly http: Address;
  /** An existing folder for a copy. */
  readonly folder: string;
}

/**
 * Returns an example that uses the ports that it is to use: itself if they are those that it names and it can be edited,
 * else a copy of it in which each port is replaced.
 */
export async function prepareExample(example: Example, options: PrepareOptions): Promise<PreparedExample> {
  const { ports, http, folder } = options;
  const { editable, ...rest } = example;
  const isSame = [...ports].every(([from, to]) => from === to);
  if (editable && isSame) return { ...rest, description: askAt(http, rest.description), temporary: false };
  const copy = join(folder, basename(example.folder));
  await cp(example.folder, copy, { recursive: true });
  for (const name of await readdir(copy, { recursive: true })) {
    if (!textual.has(extname(name))) continue;
    const path = join(copy, name);
    await writeFile(path, replacePorts(await readFile(path, "utf8"), ports));
  }
  return { folder: copy, temporary: true, description: askAt(http, await readDescription(copy)) };
}

/** Where what there is to try asks the HTTP API. */
const apiPort = 18001;

function askAt({ port }: Address, description: Description): Description {
  const ports = new Map([[apiPort, port]]);
  return { ...description, try: description.try.map((step) => ({ ...step, run: replacePorts(step.run, ports) })) };
}

const textual = new Set([".yaml", ".yml", ".json", ".ts", ".js", ".md"]);

function replacePorts(text: string, ports: ReadonlyMap<number, number>): string {
  return text.replace(/\b\d{2,5}\b/g, (digits) => `${ports.get(Number(digits)) ?? digits}`);
}

// Sources and built files lie equally deep in the package.
const inPackage = fileURLToPath(new URL("../../../examples", import.meta.url));
const inRepository = fileURLToPath(new URL("../../../../../examples", import.meta.url));

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
