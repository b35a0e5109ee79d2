import { join } from "node:path";

export const benchDir = import.meta.dirname;
/** Profiles and programs; not in Git. */
export const resultsDir = join(benchDir, "results");
export const chanceryPath = join(benchDir, "..", "packages", "chancery", "bin", "chancery.js");
export const imagesDir = join(benchDir, "..", "docs", "img");
