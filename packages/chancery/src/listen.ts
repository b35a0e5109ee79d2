import { type Address, formatAddress } from "./address.ts";
import { ChanceryError, isSystemError } from "./errors.ts";

/** The two ports; each is also the code of the error that says it cannot be opened. */
export type Door = "xds-address" | "http-address";

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another process has that port",
  EADDRNOTAVAIL: "this machine does not have that address",
  EACCES: "this user may not open that port",
  ENOTFOUND: "there is no host of that name",
};

/** Opens a port and returns the address with the port that it got. */
export async function listen(
  door: Door,
  address: Address,
  open: (address: Address) => Promise<{ readonly port: number }>,
): Promise<Address> {
  try {
    const { port } = await open(address);
    return { host: address.host, port };
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    const reason = reasons[cause.code] ?? cause.message;
    throw new ChanceryError(door, `Cannot listen on "${formatAddress(address)}": ${reason}`, { cause });
  }
}
