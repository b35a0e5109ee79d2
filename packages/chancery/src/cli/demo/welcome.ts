import { join } from "node:path";
import { type Address, formatAddress } from "../../address.ts";
import type { Step } from "./description.ts";
import type { PreparedExample } from "./example.ts";
import { fromHere, type RunAddresses, type RunningExample } from "./run.ts";

export interface WelcomeOptions {
  readonly running: RunningExample;
  readonly addresses: RunAddresses;
  readonly cwd: string;
}

/** Says what runs and what to try with it. */
export function welcome(example: PreparedExample, { running, addresses, cwd }: WelcomeOptions): string {
  const { description, folder, temporary } = example;
  const file = fromHere(join(folder, description.serve), cwd);
  const api = toUrl(addresses.http);
  const { alone, library } = description;
  const files = alone || Object.keys(description.certificates).length > 0;
  const seen = [
    `  ${api}/api/v1/clients   which Envoys are there, and what they took`,
    `  ${api}/api/v1/openapi.json   all that the API can do`,
    `  ${api}/metrics   the control plane's metrics`,
  ];
  const lines = [
    "",
    library
      ? `Envoy runs, configured by a program that uses Chancery's library. ${description.title}; it is`
      : `Envoy runs, configured by Chancery. ${description.title}; all that it is told is in`,
    "",
    `  ${file}${temporary ? "   (a copy that goes when the demo ends)" : ""}`,
    "",
    alone || library ? "Try:" : "Edit it, while it runs: what you save is served at once. Try:",
    "",
    ...(files ? [`  cd ${fromHere(folder, cwd)}`, ""] : []),
    ...description.try.flatMap(toLines),
    "To see what goes on:",
    "",
    ...[...running.envoys].flatMap(([id, envoy]) => {
      const admin = addresses.admin.get(id);
      const dump = admin === undefined ? [] : [`  ${toUrl(admin)}/config_dump   what ${id} was told`];
      return [...dump, `  ${envoy.logFile}   the log of ${id}`];
    }),
    ...(alone || library ? [] : seen),
    "",
    ...(alone ? ["No control plane serves it."] : []),
    alone || library
      ? "To change something, start the demo again. Ctrl-C ends everything."
      : `Envoy's configuration comes from ${formatAddress(addresses.xds)} over gRPC. Ctrl-C ends everything.`,
    "",
    "",
  ];
  return lines.join("\n");
}

function toLines({ what, edit, run }: Step): string[] {
  const change = edit === undefined ? [] : [`  #   ${edit.file}: ${edit.from}  →  ${edit.to}`];
  return [
    `  # ${what}`,
    ...change,
    ...run
      .trimEnd()
      .split("\n")
      .map((line) => `  ${line}`),
    "",
  ];
}

function toUrl({ host, port }: Address): string {
  return `http://${host === "127.0.0.1" ? `localhost:${port}` : formatAddress({ host, port })}`;
}
