import type { AuthorizationOptions } from "../services/authorization/service.ts";
import { type Io, type Options, UsageError, type Values } from "./command.ts";
import { readNumber } from "./read-number.ts";
import { requirePath } from "./require-path.ts";

/** What `chancery serve` can be told of external authorization. */
export const authorizationOptions = {
  authorization: {
    type: "string",
    multiple: true,
    value: "PATH",
    help: "Authorize requests by the policies in these files, for Envoy's ext_authz filter",
  },
  "authorization-timeout": { type: "string", value: "MS", help: "How long a decision may take; 150 by default" },
} as const satisfies Options;

/** What the values of these options mean; undefined if nothing is to be authorized. */
export async function toAuthorizationOptions(
  values: Values<typeof authorizationOptions>,
  io: Io,
): Promise<AuthorizationOptions | undefined> {
  const { authorization: paths, "authorization-timeout": timeout } = values;
  if (paths.length === 0) {
    if (timeout === undefined) return undefined;
    throw new UsageError("Cannot use --authorization-timeout without --authorization PATH, which says what is allowed");
  }
  for (const path of paths) await requirePath(path, io.cwd);
  return { paths, timeoutMs: timeout === undefined ? undefined : readTimeout(timeout) };
}

function readTimeout(text: string): number {
  const ms = readNumber("authorization-timeout", text);
  if (ms >= 1 && ms <= 60_000) return ms;
  throw new UsageError(`Cannot use --authorization-timeout "${text}": write milliseconds, from 1 to 60000`);
}
