import { sep } from "node:path";

/** Whether a path is within packages that were installed, which change together with what is beside them. */
export function isInstalled(path: string): boolean {
  return path.split(sep).includes("node_modules");
}
