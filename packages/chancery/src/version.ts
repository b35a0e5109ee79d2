import { readFileSync } from "node:fs";

/** The version of this package; sources and built files lie equally deep in it. */
export const version: string = readVersion();

function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  // Our own file: it has a version or the package could not have been published.
  return (JSON.parse(text) as { version: string }).version;
}
