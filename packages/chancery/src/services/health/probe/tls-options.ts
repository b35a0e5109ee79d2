import type { ConnectionOptions } from "node:tls";
import { matchesGlob } from "../../../glob.ts";
import type { Service } from "../../../model/service.ts";
import type { Materials } from "../../../translate/draft.ts";
import type { CheckedEndpoint } from "../target.ts";

export type TlsOptions = Pick<
  ConnectionOptions,
  "servername" | "rejectUnauthorized" | "ca" | "cert" | "key" | "minVersion" | "maxVersion" | "checkServerIdentity"
>;

/** TLS as Envoy would have it with the service; undefined if it has none. */
export function tlsOptionsOf(
  { tls }: Service,
  { endpoint, materials }: { readonly endpoint: CheckedEndpoint; readonly materials: Materials },
): TlsOptions | undefined {
  if (tls === undefined) return undefined;
  const { verify, ca, certificate, sni, sans, versions } = tls;
  const own = certificate === undefined ? undefined : materials.get(certificate);
  // The name of the request's host is known to Envoy alone.
  const servername = sni === undefined || sni === "host" ? endpoint.hostname : sni;
  const names = sans ?? (servername === undefined ? [] : [servername]);
  const authority = ca === undefined ? undefined : (materials.get(ca)?.ca ?? "");
  return {
    rejectUnauthorized: verify,
    ...(servername !== undefined && { servername }),
    ...(authority !== undefined && { ca: authority }),
    ...(own && { cert: own.cert, key: own.key }),
    ...(versions && { minVersion: `TLSv${versions.min}`, maxVersion: `TLSv${versions.max}` }),
    checkServerIdentity: (_, { subjectaltname = "" }) => {
      const found = subjectaltname.split(", ").map((entry) => entry.slice(entry.indexOf(":") + 1));
      if (names.length === 0 || names.some((name) => found.some((san) => isSame(san, name)))) return undefined;
      return new Error(`the certificate is for ${found.join(", ")}`);
    },
  };
}

/** `*` may stand in what is wanted, and in the certificate for its first label. */
function isSame(san: string, wanted: string): boolean {
  if (matchesGlob(san, wanted)) return true;
  return san.startsWith("*.") && wanted.slice(wanted.indexOf(".")) === san.slice(1);
}
