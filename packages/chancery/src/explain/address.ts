import { BlockList, isIP } from "node:net";
import { type Json, numberIn, objectIn, textIn } from "./json.ts";

/** An `envoy.config.core.v3.Address`, as far as it tells connections apart. */
export interface SocketAddress {
  readonly transport: "tcp" | "udp";
  readonly host: string;
  readonly port: number;
}

/** Undefined for a pipe, an internal listener and a named port, which no address of a request can be compared with. */
export function toSocketAddress(address: Json | undefined): SocketAddress | undefined {
  const socket = objectIn(address, "socket_address");
  const port = numberIn(socket, "port_value");
  if (socket === undefined || (port === undefined && textIn(socket, "named_port") !== "")) return undefined;
  const transport = textIn(socket, "protocol") === "UDP" ? "udp" : "tcp";
  return { transport, host: textIn(socket, "address"), port: port ?? 0 };
}

/** Such as `10.0.0.5:8080`, `[::1]:80`, `unix:/run/app.sock` or `internal:hop`. */
export function formatEnvoyAddress(address: Json | undefined): string {
  const socket = objectIn(address, "socket_address");
  if (socket !== undefined) {
    const host = textIn(socket, "address");
    const port = textIn(socket, "named_port") || String(numberIn(socket, "port_value") ?? 0);
    return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  }
  const pipe = objectIn(address, "pipe");
  if (pipe !== undefined) return `unix:${textIn(pipe, "path")}`;
  const internal = objectIn(address, "envoy_internal_address");
  return internal === undefined ? "no address" : `internal:${textIn(internal, "server_listener_name")}`;
}

export function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** Whether a listener that is bound to `host` gets what is sent to `ip`. */
export function coversAddress(host: string, ip: string): boolean {
  if (host === "::") return true;
  if (host === "0.0.0.0") return isIP(ip) === 4;
  return isSameAddress(host, ip);
}

function isSameAddress(a: string, b: string): boolean {
  const family = isIP(a);
  return family !== 0 && isIP(b) === family && isInRange({ address: a, length: family === 4 ? 32 : 128 }, b);
}

/** A range of addresses such as 10.0.0.0/8. */
export interface Range {
  readonly address: string;
  readonly length: number;
}

/** Reads an `envoy.config.core.v3.CidrRange`. */
export function toRange(range: Json): Range {
  return { address: textIn(range, "address_prefix"), length: numberIn(range, "prefix_len") ?? 0 };
}

export function formatRange({ address, length }: Range): string {
  return `${address}/${length}`;
}

export function isInRange({ address, length }: Range, ip: string): boolean {
  const family = isIP(address);
  if (family === 0 || isIP(ip) !== family) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(address, Math.min(length, family === 4 ? 32 : 128), type);
  return list.check(ip, type);
}

export function isLoopbackAddress(ip: string): boolean {
  return isInRange({ address: "127.0.0.0", length: 8 }, ip) || isInRange({ address: "::1", length: 128 }, ip);
}
