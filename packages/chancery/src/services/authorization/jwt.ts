import type { JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from "jose";
import { jose } from "../../lazy.ts";
import { describePlace, findCredential, type Place, toPlace } from "./credential.ts";
import { type Finding, unmet } from "./finding.ts";
import type { Jwks } from "./jwks.ts";
import { type Known, named } from "./known.ts";
import { Recent } from "./recent.ts";
import type { Check } from "./requirement.ts";
import type { IssuerConfig, JwtConfig } from "./schema.ts";

/** Who signs tokens. */
export interface Issuer extends Pick<IssuerConfig, "issuer" | "audiences" | "algorithms"> {
  readonly leewayMs: number;
  readonly jwks: Jwks;
}

/** Wants a token that one of the issuers has signed for one of its audiences, and that has not expired. */
export function toJwtCheck(config: JwtConfig, known: Pick<Known, "issuers">): Check {
  const issuers = config.issuers.map((name) => named(known.issuers, name));
  const bearer = { in: "header", name: "authorization", scheme: "Bearer" } as const;
  const place: Place = toPlace(config, bearer);
  const verified: Verifications = new Recent(maxRemembered);
  const where = describePlace(place);
  return (facts) => {
    const found = findCredential(facts, place);
    if (found.kind === "none") return unmet(401, `there is no token in ${where}`, "Bearer");
    if (found.kind === "several") return unmet(401, `there are several tokens in ${where}`, "Bearer");
    return verify(found.value, issuers, verified).then((result): Finding => {
      if (!result.ok) return result.unmet;
      const { payload } = result;
      const missing = (config.scopes ?? []).filter((scope) => !scopesOf(payload).includes(scope));
      if (missing.length > 0) return insufficient(missing);
      const headers = toHeaders(payload, config.claims);
      if (typeof headers === "string") return unmet(403, headers);
      return {
        met: true,
        reason: `the token is of "${payload.iss}"${payload.sub === undefined ? "" : ` for "${payload.sub}"`}`,
        ...(payload.sub !== undefined && { subject: payload.sub }),
        claims: payload,
        headers,
        ...(!config.forward && { strips: [place] }),
      };
    });
  };
}

type Verified =
  | { readonly ok: true; readonly payload: JWTPayload }
  | { readonly ok: false; readonly unmet: Finding & { met: false } };

const invalid = 'Bearer error="invalid_token"';

/** Tokens that were good, by themselves: they are as long as they were with the keys that they were verified by. */
type Verifications = Recent<{ readonly payload: JWTPayload; readonly keys: JWTVerifyGetKey }>;

const maxRemembered = 10_000;

async function verify(token: string, issuers: readonly Issuer[], verified: Verifications): Promise<Verified> {
  const { decodeJwt, errors } = jose();
  const refuse = (reason: string): Verified => ({ ok: false, unmet: unmet(401, reason, invalid) });
  try {
    // Whose keys to take; what the token says here is verified below.
    const { iss } = decodeJwt(token);
    const issuer = issuers.find((one) => one.issuer === iss);
    if (issuer === undefined) return refuse("the token is of an issuer that is not allowed");
    const { audiences, algorithms, leewayMs, jwks } = issuer;
    const keys = await jwks.keys();
    if (keys === undefined) return { ok: false, unmet: unmet(503, `the keys of "${issuer.issuer}" are not there`) };
    const before = verified.get(token, Date.now());
    if (before?.keys === keys) return { ok: true, payload: before.payload };
    const options = {
      ...{ issuer: issuer.issuer, audience: [...audiences], algorithms: [...algorithms] },
      ...{ clockTolerance: leewayMs / 1000, requiredClaims: ["exp"] },
    };
    const payload = await verifyBy(keys, token, options).catch((error: unknown) => {
      const { JWKSNoMatchingKey, JWSSignatureVerificationFailed } = errors;
      // The issuer may have new keys: they are looked for, but not waited for.
      if (error instanceof JWKSNoMatchingKey || error instanceof JWSSignatureVerificationFailed) jwks.missed();
      throw error;
    });
    verified.set(token, { payload, keys }, (payload.exp ?? 0) * 1000 + leewayMs);
    return { ok: true, payload };
  } catch (error) {
    if (error instanceof errors.JOSEError) return refuse(`the token is not valid: ${error.message}`);
    throw error;
  }
}

async function verifyBy(keys: JWTVerifyGetKey, token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
  const { errors, jwtVerify } = jose();
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let failed: Error = error;
    // It does not say which of the keys it is signed by, as it may while they rotate.
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
        failed = error;
      }
    }
    throw failed;
  }
}

function scopesOf({ scope, scp }: JWTPayload): readonly unknown[] {
  if (typeof scope === "string") return scope.split(" ");
  return Array.isArray(scp) ? scp : typeof scp === "string" ? scp.split(" ") : [];
}

function insufficient(missing: readonly string[]): Finding {
  const scopes = missing.join(" ");
  const challenge = /^[!#-[\]-~ ]+$/.test(scopes) ? `Bearer error="insufficient_scope", scope="${scopes}"` : "Bearer";
  return unmet(403, `the token lacks the scope ${scopes}`, challenge);
}

/** Claims as headers, by name; a text says why one cannot be a header. */
function toHeaders(payload: JWTPayload, claims: JwtConfig["claims"]): ReadonlyMap<string, string> | string {
  const headers = new Map<string, string>();
  for (const [header, claim] of Object.entries(claims)) {
    const value = toText(claimOf(payload, claim));
    if (value === undefined) continue;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would end the header
    if (/[\x00-\x1f\x7f]/.test(value)) return `the claim "${claim}" has characters that no header can have`;
    headers.set(header, value);
  }
  return headers;
}

/** A claim by its name, or else the names that lead to it with dots between them. */
function claimOf(payload: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name]; // its own member of that name
  }
  return value;
}

function toText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  // A member with a comma would become two, of which one may be a role that nobody has given.
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string" && !item.includes(","));
  if (isList) return value.join(",");
  return typeof value === "string" ? value : JSON.stringify(value);
}
