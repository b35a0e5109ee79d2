import { isAbsolute, relative } from "node:path";
import { type Address, formatAddress } from "../../address.ts";
import { nodeId, type Sandbox, type SandboxAddresses } from "./sandbox.ts";

/** Says what runs and what to try with it. */
export function welcome(sandbox: Sandbox, addresses: SandboxAddresses, cwd: string): string {
  const { file, envoy } = sandbox;
  const proxy = url(addresses.proxy);
  const admin = url(addresses.admin);
  const api = url(addresses.http);
  return `
Envoy runs, configured by Chancery. Try:

  curl ${proxy}

and then edit, while it runs:

  ${fromHere(file.path, cwd)}${file.temporary ? "   (a copy that goes when the demo ends)" : ""}

Change service1 to service2, save, and curl again. To see what goes on:

  ${admin}/config_dump   what Envoy was told
  ${api}/api/v1/snapshots/${nodeId}   what it is to have
  ${api}/api/v1/openapi.json   all that the API can do
  ${api}/metrics   the control plane's metrics
  ${envoy.logFile}   Envoy's log

Envoy's configuration comes from ${formatAddress(addresses.xds)} over gRPC. Ctrl-C ends everything.

`;
}

function url({ host, port }: Address): string {
  return `http://${host === "127.0.0.1" ? `localhost:${port}` : formatAddress({ host, port })}`;
}

// Short when it is below the folder one is in, else whole.
function fromHere(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") || isAbsolute(short) ? path : short;
}
