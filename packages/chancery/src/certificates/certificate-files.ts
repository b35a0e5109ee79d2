import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Problem } from "@chancery/xds";
import { isSystemError } from "../errors.ts";
import { type Item, type ItemProblem, type Model, type Place, placeOf } from "../model/model.ts";
import { DirectoryWatch } from "../sources/directory-watch.ts";
import { watchWayTo } from "../sources/link-path.ts";
import type { Material, Materials } from "../translate/draft.ts";
import { checkMaterial } from "./material.ts";

export interface LoadedCertificates {
  /** The last good ones. */
  readonly materials: Materials;
  readonly problems: readonly ItemProblem[];
}

export interface CertificateFilesOptions {
  /** Called when a file that was loaded may have changed: load again. */
  readonly onChange?: () => void;
  /** What relative paths of documents start from; the process's own by default. */
  readonly cwd?: string;
  /** How often it is called where the system cannot watch a directory, in ms; 10,000 by default. */
  readonly pollMs?: number;
  /** What was good in an earlier process. */
  readonly lastGood?: (name: string) => Material | undefined;
}

/**
 * Loads what certificate objects consist of, and watches the files. A pair that is wrong, as while one of two files is
 * written, leaves the last good one.
 */
export class CertificateFiles implements Disposable {
  readonly #watch: DirectoryWatch | undefined;
  readonly #cwd: string;
  readonly #lastGood: (name: string) => Material | undefined;
  /** What was loaded of each object, by name. */
  #known: ReadonlyMap<string, Known> = new Map();
  /** Whether a file may have changed since they were loaded. */
  #isStale = false;

  constructor(options: CertificateFilesOptions = {}) {
    const { onChange, cwd = process.cwd(), lastGood = () => undefined, pollMs = 10_000 } = options;
    const hear = () => {
      this.#isStale = true;
      onChange?.();
    };
    this.#watch = onChange && new DirectoryWatch(hear, { pollMs });
    this.#cwd = cwd;
    this.#lastGood = lastGood;
  }

  async load(model: Model): Promise<LoadedCertificates> {
    const materials = new Map<string, Material>();
    const problems: ItemProblem[] = [];
    const known = new Map<string, Known>();
    // Where the system hears of every change, what is good is not read again for each change of something else.
    const hears = this.#watch !== undefined && this.#watch.unwatched.size === 0 && !this.#isStale;
    this.#isStale = false;
    const day = new Date().toDateString();
    for (const [name, item] of model.certificates) {
      const folder = this.#folderOf(placeOf(model, item));
      const last = hears ? this.#known.get(name) : undefined;
      const isSame = last?.item === item && last.folder === folder && last.day === day && last.loaded.isGood;
      const loaded = isSame ? last.loaded : await this.#loadOne(item, folder);
      for (const step of loaded.steps) await this.#watch?.addEntry(step);
      known.set(name, { item, folder, day, loaded });
      problems.push(...loaded.problems);
      if (loaded.material !== undefined) materials.set(name, loaded.material);
    }
    this.#watch?.prune();
    this.#known = known;
    return { materials, problems };
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
  }

  #folderOf(place: Place | undefined): string {
    return resolve(this.#cwd, dirname(place?.document.origin ?? ""));
  }

  async #loadOne(item: Item<"certificates">, folder: string): Promise<Loaded> {
    const before = this.#known.get(item.name)?.loaded.material ?? this.#lastGood(item.name);
    const { inline, files } = item.value;
    const paths = Object.entries<string | undefined>(files ?? {}).flatMap(([field, file]) =>
      file === undefined ? [] : [{ field, file, path: resolve(folder, file) }],
    );
    const steps: string[] = [];
    // Watched before they are read, so that no change falls between.
    if (this.#watch) for (const { path } of paths) steps.push(...(await watchWayTo(path, this.#watch)));
    const read = inline === undefined ? await readAll(paths) : ({ ok: true, material: inline } as const);
    const found = read.ok ? checkMaterial(item.value.kind, read.material, new Date()) : [read.problem];
    const isGood = !found.some(({ severity }) => severity === "error");
    const where = inline === undefined ? "files" : "inline";
    const problems = found.map((problem) => {
      const { path, message } = isGood ? problem : keeping(problem, before);
      return { item, problem: { ...problem, message, path: `${where}.${path}` } };
    });
    if (!read.ok || !isGood) return { material: before, problems, steps, isGood: false };
    const material = before !== undefined && isSame(before, read.material) ? before : read.material;
    return { material, problems, steps, isGood };
  }
}

interface CertificateFile {
  readonly field: string;
  /** As it is written. */
  readonly file: string;
  readonly path: string;
}

async function readAll(files: readonly CertificateFile[]): Promise<Read> {
  const material: Record<string, string> = {};
  for (const { field, file, path } of files) {
    try {
      material[field] = await readFile(path, "utf8");
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      const message =
        cause.code === "ENOENT" ? `there is no file "${file}"` : `"${file}" cannot be read: ${cause.message}`;
      return { ok: false, problem: { severity: "error", code: "file-unreadable", path: field, message } };
    }
  }
  return { ok: true, material };
}

type Read = { readonly ok: true; readonly material: Material } | { readonly ok: false; readonly problem: Problem };

interface Loaded {
  readonly material: Material | undefined;
  readonly problems: readonly ItemProblem[];
  /** The paths that decide what its files are: themselves, and links on the way to them. */
  readonly steps: readonly string[];
  /** False if something is wrong with it, whatever was good before. */
  readonly isGood: boolean;
}

interface Known {
  readonly item: Item<"certificates">;
  readonly folder: string;
  /** Warnings of expiry are by day. */
  readonly day: string;
  readonly loaded: Loaded;
}

function keeping(problem: Problem, before: Material | undefined): Problem {
  const message = before === undefined ? problem.message : `${problem.message}; the last good one stays`;
  return { ...problem, message };
}

function isSame(a: Material, b: Material): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca && a.crl === b.crl && a.secret === b.secret;
}
