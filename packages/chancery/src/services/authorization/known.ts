import type { ApiKeys } from "./api-keys.ts";
import type { Issuer } from "./jwt.ts";
import type { Passwords } from "./passwords.ts";

/** What requirements refer to, by name. */
export interface Known {
  readonly apiKeys: ReadonlyMap<string, ApiKeys>;
  readonly users: ReadonlyMap<string, Passwords>;
  readonly issuers: ReadonlyMap<string, Issuer>;
}

/** The one of a name. Names are checked before anything is compiled, so that there is one. */
export function named<T>(map: ReadonlyMap<string, T>, name: string): T {
  const found = map.get(name);
  if (found === undefined) throw new TypeError(`there is nothing named "${name}"`);
  return found;
}
