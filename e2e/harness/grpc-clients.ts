import { join } from "node:path";
import { buildGo, keep, run } from "./tools.ts";

export { Missing } from "./tools.ts";

/** A command that, with a target after it, calls that over and over and writes a line for each call. */
export type Command = readonly [program: string, ...args: string[]];

/** One of gRPC's own implementations of xDS. */
export interface GrpcClient {
  readonly name: string;
  /** Gets the program ready; throws a `Missing` if the machine lacks what that takes. */
  prepare(): Promise<Command>;
}

const folder = join(import.meta.dirname, "../clients");

export const grpcClients: readonly GrpcClient[] = [
  { name: "grpc-js", prepare: async () => [process.execPath, join(folder, "grpc-js.ts")] },
  { name: "grpc-python", prepare: preparePython },
  { name: "grpc-go", prepare: prepareGo },
];

const grpcio = "grpcio==1.85.1";

async function preparePython(): Promise<Command> {
  const environment = await keep(grpcio, async (path) => {
    await run("python3", ["-m", "venv", path]);
    await run(join(path, "bin/python"), ["-m", "pip", "install", "--quiet", grpcio]);
  });
  return [join(environment, "bin/python"), join(folder, "grpc_python.py")];
}

async function prepareGo(): Promise<Command> {
  return [await buildGo("grpc-go")];
}
