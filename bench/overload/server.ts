import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { chancery } from "../contenders.ts";
import { type Server, startServer } from "../server.ts";
import { configuration, type OverloadCase } from "./cases.ts";

/** A server with every service on, as a case wants it. */
export async function startLoadedServer(
  { options }: Pick<OverloadCase, "options">,
  signal: AbortSignal,
): Promise<Server> {
  await using opened = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "chancery-overload-"));
  opened.defer(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(configuration)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const { command, args, ...contender } = chancery();
  const services = ["--rate-limits", join(folder, "limits"), "--authorization", join(folder, "policies")];
  const rest = ["--state", "none", ...(options?.(folder) ?? []), join(folder, "model.yaml")];
  const server = opened.use(
    await startServer({ ...contender, command, args: [...args, ...services, ...rest] }, signal),
  );
  const running = opened.move();
  return { ...server, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** The samples of `/metrics` by their names with labels. */
export async function readSamples({ http }: Pick<Server, "http">): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://${http}/metrics`)).text();
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}
