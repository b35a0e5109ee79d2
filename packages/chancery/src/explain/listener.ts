import { coversAddress, formatEnvoyAddress, isAnyAddress, type SocketAddress, toSocketAddress } from "./address.ts";
import type { Candidate, Refuse } from "./explanation.ts";
import { flagIn, type Json, objectIn, objectsIn, textIn } from "./json.ts";
import type { Request } from "./request.ts";
import type { Resources } from "./resources.ts";

export type ListenerChoice = { readonly listeners: readonly Candidate[] } & (
  | { readonly listener: Json }
  | { readonly listener?: undefined; readonly outcome: Refuse }
);

/** Chooses the listener that a connection reaches, as the kernel does: the exact address before any address. */
export function chooseListener(resources: Resources, request: Request): ListenerChoice {
  const all = resources.all("listeners");
  const redirects = all.some((listener) => flagIn(listener, "use_original_dst") ?? false);
  const looked = all.map((listener) => look(listener, request, redirects));
  const best = looked.filter(({ rank }) => rank > 0).sort((a, b) => b.rank - a.rank)[0];
  const listeners = looked.map(({ listener, rank, why }): Candidate => {
    const name = textIn(listener, "name");
    if (rank === 0 || listener === best?.listener) return { name, chosen: rank > 0, why };
    return { name, chosen: false, why: `${why}, but "${textIn(best?.listener, "name")}" comes before it` };
  });
  if (best !== undefined) return { listeners, listener: best.listener };
  const transport = transportOf(request);
  const why = `no listener takes ${transport.toUpperCase()} on port ${request.port}`;
  return { listeners, outcome: { kind: "refuse", code: "connection_refused", why, hint: hintOf(all, transport) } };
}

interface Looked {
  readonly listener: Json;
  /** 0 if it is not reached. */
  readonly rank: number;
  readonly why: string;
}

function look(listener: Json, request: Request, redirects: boolean): Looked {
  const no = (why: string): Looked => ({ listener, rank: 0, why });
  if ("internal_listener" in listener) return no("is internal: only other listeners reach it");
  if ("api_listener" in listener && !("address" in listener)) return no("is for gRPC clients that ask xDS themselves");
  const bound = flagIn(listener, "bind_to_port") ?? true;
  if (!bound && !redirects) return no("binds no port, and no listener hands connections over (use_original_dst)");
  const looked = addressesOf(listener).map((address) => lookAt(address, request));
  const best = looked.sort((a, b) => b.rank - a.rank)[0];
  if (best === undefined) return no("has no address");
  // A connection comes to the port that it was sent to first, and is handed over from another one.
  return { listener, rank: best.rank === 0 ? 0 : best.rank - (bound ? 0 : 0.5), why: best.why };
}

function lookAt(address: Json, { port, destinationIp, ...request }: Request): { rank: number; why: string } {
  const socket = toSocketAddress(address);
  const shown = formatEnvoyAddress(address);
  if (socket === undefined) return { rank: 0, why: `listens on ${shown}, which no port leads to` };
  const transport = transportOf({ port, destinationIp, ...request });
  if (socket.transport !== transport) {
    return { rank: 0, why: `listens on ${socket.transport.toUpperCase()} ${shown}, not on ${transport.toUpperCase()}` };
  }
  if (socket.port !== port) return { rank: 0, why: `listens on ${shown}, not on port ${port}` };
  if (destinationIp !== undefined && !coversAddress(socket.host, destinationIp)) {
    return { rank: 0, why: `listens on ${shown}, not on ${destinationIp}` };
  }
  return { rank: isAnyAddress(socket.host) ? 1 : 2, why: `listens on ${shown}` };
}

/** HTTP/3 comes over UDP. */
export function transportOf({ protocol }: Request): SocketAddress["transport"] {
  return protocol === "h3" || protocol === "udp" ? "udp" : "tcp";
}

export function addressesOf(listener: Json): readonly Json[] {
  const more = objectsIn(listener, "additional_addresses").map((entry) => objectIn(entry, "address"));
  return [objectIn(listener, "address"), ...more].filter((address) => address !== undefined);
}

function hintOf(listeners: readonly Json[], transport: SocketAddress["transport"]): string {
  const there = listeners.flatMap((listener) =>
    addressesOf(listener).flatMap((address) => {
      const socket = toSocketAddress(address);
      return socket?.transport === transport ? `${socket.port} ("${textIn(listener, "name")}")` : [];
    }),
  );
  if (there.length === 0) return `there is no listener for ${transport.toUpperCase()} at all`;
  const shown = [...new Set(there)].slice(0, 10).join(", ");
  return `listeners are on port ${shown}; if the URL's port is mapped to one of these, give that as the port`;
}
