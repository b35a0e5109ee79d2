import type { FractionalPercentJson } from "@chancery/envoy-api/gen/envoy/type/v3/percent_pb.js";

/** 0 to 100, with up to four digits after the point, in Envoy's coarsest unit that holds it exactly. */
export function toFractionalPercent(percent: number): FractionalPercentJson {
  if (Number.isInteger(percent)) return { numerator: percent, denominator: "HUNDRED" };
  return { numerator: Math.round(percent * 10_000), denominator: "MILLION" };
}
