import { hash } from "node:crypto";
import { mkdir, open, readdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { currentLink } from "../../translate/filesystem.ts";

export interface FileText {
  readonly text: string;
  /** Readable by its owner alone. */
  readonly secret: boolean;
}

/** Writes a file such that whoever reads it sees the old text or the new one, never a part. */
export async function writeFileAtOnce(path: string, { text, secret }: FileText): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.tmp`;
  try {
    await writeWhole(next, { text, secret });
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

export interface FolderContent {
  /** The text of `bootstrap.yaml`. */
  readonly bootstrap: string;
  readonly files: readonly (FileText & { readonly path: string })[];
}

/**
 * Writes a version of the files beside those before it, and then sets the link to it in one step: an Envoy that watches
 * the folder reads either all of the old files or all of the new ones. The version before the last is removed. Returns
 * false if everything was there already.
 */
export async function writeFolder(folder: string, { bootstrap, files }: FolderContent): Promise<boolean> {
  const version = `${prefix}${hash("sha256", JSON.stringify(files), "hex").slice(0, 16)}`;
  await mkdir(folder, { recursive: true });
  const before = await readlink(join(folder, currentLink)).catch(() => undefined);
  await writeFileAtOnce(join(folder, "bootstrap.yaml"), { text: bootstrap, secret: false });
  if (before === version) return false;
  // What an earlier run left unfinished is not to be trusted.
  await rm(join(folder, version), { recursive: true, force: true });
  for (const file of files) {
    const path = join(folder, version, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeWhole(path, file);
  }
  const next = join(folder, `.${currentLink}.${process.pid}`);
  await rm(next, { force: true });
  await symlink(version, next);
  await rename(next, join(folder, currentLink));
  for (const name of await readdir(folder)) {
    const isOld = name.startsWith(prefix) && name !== version && name !== before;
    if (isOld) await rm(join(folder, name), { recursive: true });
  }
  return true;
}

const prefix = "version-";

async function writeWhole(path: string, { text, secret }: FileText): Promise<void> {
  await using file = await open(path, "w", secret ? 0o600 : 0o644);
  await file.writeFile(text);
  await file.sync();
}
