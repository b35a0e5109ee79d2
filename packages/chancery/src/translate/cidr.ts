import { isIPv4 } from "node:net";
import type { CidrRangeJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/address_pb.js";

/** An address range; an address alone is a range of one. */
export function toCidrRange(text: string): CidrRangeJson {
  const [addressPrefix = "", length] = text.split("/");
  return { addressPrefix, prefixLen: length === undefined ? (isIPv4(addressPrefix) ? 32 : 128) : Number(length) };
}
