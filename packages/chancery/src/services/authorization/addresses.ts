import { BlockList, isIP } from "node:net";

/** A set of addresses and ranges, such as `10.0.0.0/8`. */
export interface Addresses {
  has(ip: string): boolean;
}

/** Compiles addresses and ranges that `checkRange` takes. */
export function toAddresses(ranges: readonly string[]): Addresses {
  const list = new BlockList();
  for (const range of ranges) {
    const { ip, bits, family } = readRange(range) ?? {};
    if (ip === undefined || bits === undefined) throw new TypeError(`"${range}" is no address or range`);
    list.addSubnet(ip, bits, family);
  }
  return { has: (ip) => isIP(ip) !== 0 && list.check(ip, familyOf(ip)) };
}

/** Says why a text is no address or range; undefined if it is one. */
export function checkRange(text: string): string | undefined {
  return readRange(text) ? undefined : `"${text}" is no IP address or range such as 10.0.0.0/8`;
}

/** The address in a socket's name such as `10.0.0.1:80`; "" if there is none. IPv4 within IPv6 is IPv4. */
export function toIp(socketName: string): string {
  const host = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d+)?$/.exec(socketName);
  const ip = (host?.[1] ?? host?.[2] ?? "").replace(/%.*$/, "");
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
  return isIP(mapped) === 0 ? "" : mapped;
}

function readRange(text: string) {
  const [, ip = "", digits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (isIP(ip) === 0) return undefined;
  const most = isIP(ip) === 4 ? 32 : 128;
  const bits = digits === undefined ? most : Number(digits);
  return bits > most ? undefined : { ip, bits, family: familyOf(ip) };
}

function familyOf(ip: string): "ipv4" | "ipv6" {
  return isIP(ip) === 4 ? "ipv4" : "ipv6";
}
