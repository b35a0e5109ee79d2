import { registerHooks } from "node:module";
import { dirname, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { ownPackages } from "../own-packages.ts";
import { isInstalled } from "./installed.ts";

/** What code turned out to be made of. */
export interface CodeImports {
  /** Absolute paths: of all modules but Chancery's own, and as they were written, where links may be on the way. */
  readonly files: readonly string[];
  /** Whether it may be made of more, since it can read files itself, or since a module was looked for under several names. */
  readonly mayReadMore: boolean;
}

/**
 * Follows what a module, by its URL, imports in this thread from now on; returns what it was until now. `onFolder` is
 * called with the first file of each folder, but for the module's own, before something is read there.
 */
export function followImports(entry: string, onFolder: (file: string) => void): () => CodeImports {
  const files = new Set<string>();
  const modules = new Set<string>();
  const folders = new Set([dirname(fileURLToPath(entry))]);
  let mayReadMore = false;
  const add = (file: string) => {
    files.add(file);
    const folder = dirname(file);
    if (folders.has(folder) || isInstalled(folder)) return;
    folders.add(folder);
    onFolder(file);
  };
  registerHooks({
    resolve(specifier, context, next) {
      const { parentURL = "" } = context;
      // What Chancery imports is as it was when the server started.
      const isFollowed = specifier === entry || (modules.has(parentURL) && !ownPackages.test(specifier));
      if (!isFollowed) return next(specifier, context);
      const asked = toPath(specifier, parentURL);
      if (asked !== undefined) add(asked);
      if (asked !== undefined && extname(asked) === "" && !parentURL.includes("/node_modules/")) mayReadMore = true;
      const found = next(specifier, context);
      modules.add(found.url);
      if (found.url.startsWith("file:")) add(fileURLToPath(found.url));
      if (readers.test(found.url)) mayReadMore = true;
      return found;
    },
  });
  for (const name of ["getBuiltinModule", "loadEnvFile"] as const) {
    const original = process[name];
    const value = (...given: readonly unknown[]) => {
      mayReadMore = true;
      return Reflect.apply(original, process, given);
    };
    Object.defineProperty(process, name, { value });
  }
  return () => ({ files: [...files], mayReadMore });
}

/** Node's own modules by which files are read, by whoever imports them or in another process or thread. */
const readers = /^node:(child_process|cluster|fs|fs\/promises|sqlite|wasi|worker_threads)$/;

function toPath(specifier: string, parentURL: string): string | undefined {
  if (!/^(\.{0,2}(\/|$)|file:)/.test(specifier)) return undefined;
  const url = URL.parse(specifier, parentURL);
  return url?.protocol === "file:" ? fileURLToPath(url) : undefined;
}
