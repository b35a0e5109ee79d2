import { isIP } from "node:net";

/** Where something listens. Port 0 means any free one. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `HOST:PORT`, such as `127.0.0.1:18000`, `[::1]:0`, `localhost:18000` or `:18000` (the default host). */
export function parseAddress(text: string, options: { defaultHost: string }): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65535 || (bracketed !== undefined && isIP(bracketed) !== 6)) return undefined;
  return { host: bracketed ?? (plain || options.defaultHost), port };
}

/** Writes an address the way parseAddress reads it. */
export function formatAddress({ host, port }: Address): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach an address or means itself by a name: 127.0.0.0/8, ::1 or `localhost`. */
export function isLoopback(host: string): boolean {
  // An IPv4 client of a server that listens on IPv6 too.
  const name = host.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  return isIP(name) === 4 ? name.startsWith("127.") : name === "::1" || name === "0:0:0:0:0:0:0:1";
}
