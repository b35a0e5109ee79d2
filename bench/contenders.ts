import { chanceryPath, resultsDir } from "./paths.ts";

export type ContenderName = "chancery" | "go-control-plane";

/** A control plane with the raw snapshot API: how it is started on free ports. */
export interface Contender {
  readonly name: ContenderName;
  readonly command: string;
  readonly args: readonly string[];
}

const anyPort = ["--xds", "127.0.0.1:0", "--http", "127.0.0.1:0"];

export interface ChanceryOptions {
  /** The file name of a CPU profile to write; none by default. */
  readonly profile?: string | undefined;
}

/** Our server as it was built, on the Node that runs this. */
export function chancery({ profile }: ChanceryOptions = {}): Contender {
  const nodeArgs =
    profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resultsDir}`, `--cpu-prof-name=${profile}`];
  return {
    name: "chancery",
    command: process.execPath,
    args: [...nodeArgs, chanceryPath, "serve", ...anyPort, "--drain-time", "0"],
  };
}

export function goControlPlane(program: string): Contender {
  return { name: "go-control-plane", command: program, args: anyPort };
}
