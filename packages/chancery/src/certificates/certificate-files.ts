import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Problem } from "@chancery/xds";
import { isSystemError } from "../errors.ts";
import { type Item, type ItemProblem, type Model, type Place, placeOf } from "../model/model.ts";
import { DirectoryWatch } from "../sources/directory-watch.ts";
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
  #good: Materials = new Map();

  constructor({ onChange, cwd = process.cwd(), lastGood = () => undefined }: CertificateFilesOptions = {}) {
    this.#watch = onChange && new DirectoryWatch(onChange);
    this.#cwd = cwd;
    this.#lastGood = lastGood;
  }

  async load(model: Model): Promise<LoadedCertificates> {
    const materials = new Map<string, Material>();
    const problems: ItemProblem[] = [];
    for (const [name, item] of model.certificates) {
      const { material, problems: found } = await this.#loadOne(item, placeOf(model, item));
      const where = item.value.inline === undefined ? "files" : "inline";
      problems.push(...found.map((problem) => ({ item, problem: { ...problem, path: `${where}.${problem.path}` } })));
      if (material !== undefined) materials.set(name, material);
    }
    this.#watch?.prune();
    this.#good = materials;
    return { materials, problems };
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
  }

  async #loadOne(item: Item<"certificates">, place: Place | undefined): Promise<Loaded> {
    const before = this.#good.get(item.name) ?? this.#lastGood(item.name);
    const read = await this.#read(item, place);
    if (!read.ok) return { material: before, problems: [keeping(read.problem, before)] };
    const problems = checkMaterial(item.value.kind, read.material, new Date());
    if (problems.some(({ severity }) => severity === "error")) {
      return { material: before, problems: problems.map((problem) => keeping(problem, before)) };
    }
    return { material: before !== undefined && isSame(before, read.material) ? before : read.material, problems };
  }

  async #read({ value }: Item<"certificates">, place: Place | undefined): Promise<Read> {
    if (value.inline !== undefined) return { ok: true, material: value.inline };
    const folder = resolve(this.#cwd, dirname(place?.document.origin ?? ""));
    const material: Record<string, string> = {};
    for (const [field, file] of Object.entries<string | undefined>(value.files ?? {})) {
      if (file === undefined) continue;
      const path = resolve(folder, file);
      await this.#watch?.add(dirname(path));
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
}

type Read = { readonly ok: true; readonly material: Material } | { readonly ok: false; readonly problem: Problem };

interface Loaded {
  readonly material: Material | undefined;
  readonly problems: readonly Problem[];
}

function keeping(problem: Problem, before: Material | undefined): Problem {
  const message = before === undefined ? problem.message : `${problem.message}; the last good one stays`;
  return { ...problem, message };
}

function isSame(a: Material, b: Material): boolean {
  return a.cert === b.cert && a.key === b.key && a.ca === b.ca && a.crl === b.crl && a.secret === b.secret;
}
