import { readFile } from "node:fs/promises";
import type { ListenOptions } from "node:net";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import { ChanceryError } from "../../errors.ts";
import type { UpstreamDescription } from "./description.ts";
import { startEcho } from "./echo.ts";
import { startGrpcEcho } from "./grpc-echo.ts";
import type { Echo } from "./listen-echo.ts";
import { startTcpEcho } from "./tcp-echo.ts";

export interface UpstreamFolders {
  /** Where the example's certificates are. */
  readonly example: string;
  /** Where socket files go. */
  readonly sockets: string;
}

/** Starts an upstream as an example describes it. */
export async function startUpstream(
  name: string,
  description: UpstreamDescription,
  folders: UpstreamFolders,
): Promise<Echo> {
  const { protocol, listen: where } = description;
  const listen: ListenOptions =
    where === "socket" ? { path: join(folders.sockets, name) } : { host: "127.0.0.1", port: where };
  if (protocol === "grpc") return startGrpcEcho(name, listen);
  if (protocol === "tcp") return startTcpEcho(name, listen);
  return startEcho(name, listen, protocol === "https" ? await readTls(name, description, folders.example) : undefined);
}

async function readTls(
  name: string,
  { certificate, clients }: UpstreamDescription,
  folder: string,
): Promise<TlsOptions> {
  if (certificate === undefined) {
    throw new ChanceryError("example-invalid", `Cannot start the upstream "${name}": https needs a certificate`);
  }
  const read = (file: string) => readFile(join(folder, file));
  return {
    cert: await read(`${certificate}.crt`),
    key: await read(`${certificate}.key`),
    ...(clients !== undefined && { ca: await read(`${clients}.crt`), requestCert: true, rejectUnauthorized: true }),
  };
}
