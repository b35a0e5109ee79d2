import { Code, StatusError } from "./status.ts";

/** The longest timer of Node, 24 days; a longer one would fire at once. */
export const MAX_TIMER_MS: number = 2 ** 31 - 1;

const UNIT_MS: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/**
 * Reads a `grpc-timeout` header (`"5S"`, `"100m"`) as milliseconds, rounded up; undefined when there is none.
 * A malformed value throws INTERNAL, as other servers answer it.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests
 */
export function parseTimeoutMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, digits, unit = ""] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs === undefined) throw new StatusError(Code.INTERNAL, `malformed grpc-timeout "${header}"`);
  return Math.ceil(Number(digits) * unitMs);
}
