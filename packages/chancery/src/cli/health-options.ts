import type { HealthOptions } from "../services/health/health.ts";
import { type Option, UsageError, type Values } from "./command.ts";

/** The options of `chancery serve` for checks that are made for all Envoys. */
export const healthOptions = {
  "health-checkers": {
    type: "string",
    value: "N",
    default: "3",
    help: "How many Envoys check each endpoint of a service with health.active.by: fleet",
  },
  "health-freeze": {
    type: "string",
    value: "PERCENT",
    default: "50",
    help: "When more of all endpoints fail at once, rather the checks fail: none is taken out; 100 is never",
  },
} as const satisfies Readonly<Record<string, Option>>;

export function toHealthOptions(values: Values<typeof healthOptions>): HealthOptions {
  const checkersPerEndpoint = Number(values["health-checkers"]);
  if (!Number.isInteger(checkersPerEndpoint) || checkersPerEndpoint < 1) {
    throw new UsageError(`Cannot read --health-checkers "${values["health-checkers"]}": write a number from 1`);
  }
  const text = values["health-freeze"];
  const percent = Number(text);
  if (text.trim() === "" || !(percent >= 0 && percent <= 100)) {
    throw new UsageError(`Cannot read --health-freeze "${text}": write a percentage from 0 to 100`);
  }
  return { checkersPerEndpoint, maxFailingShare: percent / 100 };
}
