import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serverFlags } from "../packages/chancery/bin/restart.js";
import { benchDir, chanceryPath, resultsDir } from "./paths.ts";
import type { Load } from "./scenarios.ts";

export type ContenderName = "chancery" | "go-control-plane" | "node:net";

/** A server with the raw snapshot API: how it is started on free ports. */
export interface Contender {
  readonly name: ContenderName;
  /** What the load generator does with it, if not what the scenario says. */
  readonly load?: Load;
  readonly command: string;
  readonly args: readonly string[];
}

const anyPort = ["--xds", "127.0.0.1:0", "--http", "127.0.0.1:0"];

/** A profile for Node to write, into `bench/results`. */
export interface Profile {
  readonly kind: "cpu" | "heap";
  readonly file: string;
}

/** Our server as it was built, on the Node that runs this. */
export function chancery(profile?: Profile): Contender {
  // It does not restart itself with its flags while it is profiled.
  const nodeArgs = profile === undefined ? [] : [...serverFlags(), ...profileArgs(profile)];
  return {
    name: "chancery",
    command: process.execPath,
    args: [...nodeArgs, ...ownNodeArgs(), chanceryPath, "serve", ...anyPort, "--drain-time", "0"],
  };
}

function profileArgs({ kind, file }: Profile): readonly string[] {
  return [`--${kind}-prof`, `--${kind}-prof-dir=${resultsDir}`, `--${kind}-prof-name=${file}`];
}

/** The flags that the program's first line gives to Node, for those who start it by its name. */
function ownNodeArgs(): readonly string[] {
  const [firstLine = ""] = readFileSync(chanceryPath, "utf8").split("\n");
  return firstLine.split(" ").filter((word) => word.startsWith("--"));
}

/** Plain sockets, without HTTP/2 or xDS: the least that the same bytes can cost on Node. */
export function plainSockets(): Contender {
  return { name: "node:net", load: "raw", command: process.execPath, args: [join(benchDir, "floor.ts")] };
}

export function goControlPlane(program: string): Contender {
  return { name: "go-control-plane", command: program, args: anyPort };
}
