import type { Address } from "../../address.ts";
import { ChanceryError } from "../../errors.ts";
import { type Description, portsOf } from "./description.ts";
import { type NeededPort, requirePorts } from "./ports.ts";
import type { RunAddresses } from "./run.ts";

export interface WantedAddresses {
  /** Ports instead of those of the example; that of its only listener may be under undefined. 0 picks a free one. */
  readonly ports: ReadonlyMap<number | undefined, number>;
  /** Of the first Envoy; those after it have the ports that follow. 0 picks free ones. */
  readonly adminPort: number;
  readonly xds: Address;
  readonly http: Address;
  /** What stands before options in a command line. */
  readonly prefix?: string;
}

export interface Addresses extends RunAddresses {
  /** The port to use for each of the example's. */
  readonly ports: ReadonlyMap<number, number>;
}

/** Chooses where everything of an example listens; throws an error that names what is taken, and the mend. */
export async function addressesOf(description: Description, wanted: WantedAddresses): Promise<Addresses> {
  const { xds, http, adminPort, prefix = "" } = wanted;
  const used = portsOf(description);
  const instead = byNumber(description, wanted.ports);
  const local = (port: number): Address => ({ host: "127.0.0.1", port });
  const needed: Record<string, NeededPort> = {
    xds: { what: "xDS over gRPC", address: xds, option: `${prefix}--xds HOST:PORT` },
    http: { what: "the HTTP API", address: http, option: `${prefix}--http HOST:PORT` },
  };
  for (const [index, id] of Object.keys(description.envoys).entries()) {
    const address = local(adminPort === 0 ? 0 : adminPort + index);
    needed[`admin ${id}`] = { what: `the admin interface of ${id}`, address, option: `${prefix}--admin-port PORT` };
  }
  const only = soleDoor(description);
  for (const { port, what } of used) {
    const option = port === only ? "--proxy-port PORT" : `--port ${port}=PORT`;
    needed[`port ${port}`] = { what, address: local(instead.get(port) ?? port), option: `${prefix}${option}` };
  }
  const found = await requirePorts(needed);
  const at = (name: string) => found[name] ?? local(0);
  return {
    ...{ xds: at("xds"), http: at("http") },
    admin: new Map(Object.keys(description.envoys).map((id) => [id, at(`admin ${id}`)])),
    ports: new Map(used.map(({ port }) => [port, at(`port ${port}`).port])),
  };
}

function byNumber(description: Description, ports: WantedAddresses["ports"]): ReadonlyMap<number, number> {
  const known = portsOf(description).map(({ port }) => port);
  const only = soleDoor(description);
  return new Map(
    [...ports].map(([from = only, to]) => {
      if (from !== undefined && known.includes(from)) return [from, to];
      const which = from === undefined ? "the port of Envoy, of which there are several" : `port ${from}`;
      throw new ChanceryError("no-such-port", `Cannot replace ${which}: the example uses ${known.join(", ")}`);
    }),
  );
}

/** The port that Envoy listens on if it is one. */
function soleDoor({ envoys }: Description): number | undefined {
  const doors = Object.values(envoys).flatMap(({ ports }) => ports);
  return doors.length === 1 ? doors[0] : undefined;
}
