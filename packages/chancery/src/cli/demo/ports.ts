import { once } from "node:events";
import { createServer } from "node:net";
import { type Address, formatAddress } from "../../address.ts";
import { ChanceryError, isSystemError } from "../../errors.ts";

/** A port that the demo needs, and how to have it elsewhere. */
export interface NeededPort {
  /** What listens there, such as `Envoy's proxy`. */
  readonly what: string;
  readonly address: Address;
  /** What to write to choose another, such as `--proxy-port PORT`. */
  readonly option: string;
}

/** Returns each address with a port that is free, in place of 0 a picked one; throws an error that names those taken. */
export async function requirePorts<const Names extends string>(
  needed: Readonly<Record<Names, NeededPort>>,
): Promise<Readonly<Record<Names, Address>>> {
  const entries = Object.entries<NeededPort>(needed);
  const ports = await Promise.all(entries.map(([, { address }]) => tryPort(address)));
  const taken = entries.filter((_, index) => ports[index] === undefined).map(([, port]) => port);
  if (taken.length > 0) throw new ChanceryError("port-taken", explain(taken));
  const addresses = entries.map(([name, { address }], index) => [name, { ...address, port: ports[index] }]);
  // The same names as were asked for, and every port is there by now.
  return Object.fromEntries(addresses) as Record<Names, Address>;
}

function explain(taken: readonly NeededPort[]): string {
  const lines = taken.map(({ what, address, option }) => {
    return `  ${formatAddress(address)} (${what}) is taken: end what listens there, or choose another with ${option}`;
  });
  return ["Cannot start the demo:", ...lines].join("\n");
}

async function tryPort({ host, port }: Address): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    const bound = server.address();
    return typeof bound === "object" && bound !== null ? bound.port : undefined;
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (cause.code === "EADDRINUSE") return undefined;
    throw new ChanceryError("port-unusable", `Cannot listen on "${formatAddress({ host, port })}": ${cause.message}`, {
      cause,
    });
  } finally {
    server.close();
  }
}
