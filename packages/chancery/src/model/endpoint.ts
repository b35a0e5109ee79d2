import { isIP } from "node:net";
import { formatAddress } from "../address.ts";

/** One endpoint of a service. */
export type Endpoint = EndpointAddress & {
  readonly weight?: number | undefined;
  readonly region?: string | undefined;
  readonly zone?: string | undefined;
  /** Those of 0 are used while enough of them are healthy. */
  readonly priority: number;
  /** What subsets are chosen by. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly hostname?: string | undefined;
  readonly health?: "healthy" | "unhealthy" | "draining" | undefined;
};

/** Where a service answers. */
export type EndpointAddress =
  | { readonly kind: "ip"; readonly host: string; readonly port: number }
  | { readonly kind: "dns"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Such as `10.0.0.5:8080`, `[::1]:8080`, or the path of a unix socket. */
export function toAddressText(address: EndpointAddress): string {
  return address.kind === "unix" ? address.path : formatAddress(address);
}

/** Reads `10.0.0.5:8080`, `[::1]:8080`, `shop.internal:80` or `unix:/run/shop.sock`. */
export function toEndpoint(text: string): EndpointAddress | undefined {
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length);
    // An address of the kernel holds 107 bytes.
    return path === "" || Buffer.byteLength(path) > 107 ? undefined : { kind: "unix", path };
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain = "", digits] = match;
  const port = Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  if (bracketed !== undefined) return isIP(bracketed) === 6 ? { kind: "ip", host: bracketed, port } : undefined;
  if (isIP(plain) === 4) return { kind: "ip", host: plain, port };
  // What looks like an IP address and is none is a slip, not a name.
  return /^[\d.]+$/.test(plain) ? undefined : { kind: "dns", host: plain.toLowerCase(), port };
}
