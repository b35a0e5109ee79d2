import { ownValue } from "../own-value.ts";
import type { Request } from "./request.ts";

/** The headers as routing sees them. */
export interface RequestHeaders {
  /** All values of a header, pseudo-headers too; empty if it is absent. */
  values(name: string): readonly string[];
  /** Why a header will be there whose value cannot be known. */
  unknown(name: string): string | undefined;
}

export interface HeaderFacts {
  readonly authority: string;
  readonly path: string;
  readonly scheme: string;
  /** What the client or Envoy says of it, in whatever case. */
  readonly forwardedProto: string;
  /** Headers that Envoy sets before it routes, with values that only it knows, and why. */
  readonly generated: Readonly<Record<string, string>>;
}

/** Puts together what the client sent and what Envoy makes of it before it routes. */
export function toRequestHeaders(request: Request, facts: HeaderFacts): RequestHeaders {
  const pseudo: Readonly<Record<string, string>> = {
    ":authority": facts.authority,
    host: facts.authority,
    ":path": facts.path,
    ":method": request.method,
    ":scheme": facts.scheme,
    "x-forwarded-proto": facts.forwardedProto,
  };
  return {
    values(name) {
      const key = name.toLowerCase();
      const known = ownValue(pseudo, key);
      if (known !== undefined) return [known];
      return request.headers.filter(([header]) => header === key).map(([, value]) => value.trim());
    },
    unknown: (name) => ownValue(facts.generated, name.toLowerCase()),
  };
}
