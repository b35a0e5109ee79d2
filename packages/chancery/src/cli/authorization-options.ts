import type { AuthorizationOptions } from "../services/authorization/service.ts";
import { type Io, type Options, UsageError, type Values } from "./command.ts";
import { readDelay } from "./read-delay.ts";
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
  "authorization-max-delay": {
    type: "string",
    value: "MS",
    help: "Refuse calls when they wait for longer than that, which Envoy denies; 100 by default",
  },
} as const satisfies Options;

/** What the values of these options mean; undefined if nothing is to be authorized. */
export async function toAuthorizationOptions(
  values: Values<typeof authorizationOptions>,
  io: Io,
): Promise<AuthorizationOptions | undefined> {
  const { authorization: paths, "authorization-timeout": timeout, "authorization-max-delay": maxDelay } = values;
  if (paths.length === 0) {
    const given = timeout !== undefined ? "timeout" : maxDelay !== undefined ? "max-delay" : undefined;
    if (given === undefined) return undefined;
    throw new UsageError(
      `Cannot use --authorization-${given} without --authorization PATH, which says what is allowed`,
    );
  }
  for (const path of paths) await requirePath(path, io.cwd);
  return {
    paths,
    timeoutMs: timeout === undefined ? undefined : readDelay("authorization-timeout", timeout),
    admission: maxDelay === undefined ? undefined : { maxDelayMs: readDelay("authorization-max-delay", maxDelay) },
  };
}
