import { homedir } from "node:os";
import { join } from "node:path";

/** Where fetched programs are kept, outside any working tree: `CHANCERY_CACHE`, else what the system calls its cache. */
export function cacheDir(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (env.CHANCERY_CACHE) return env.CHANCERY_CACHE;
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "chancery");
  const home = env.HOME || homedir();
  return platform === "darwin" ? join(home, "Library", "Caches", "chancery") : join(home, ".cache", "chancery");
}
