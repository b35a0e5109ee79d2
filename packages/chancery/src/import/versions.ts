import { type Json, objectIn, textIn } from "../explain/json.ts";
import { type Authored, said } from "./values.ts";

const versions: Readonly<Record<string, string>> = { TLSv1_2: "1.2", TLSv1_3: "1.3" };

/** The versions of TLS that a `CommonTlsContext` says; undefined if they are those of the model. */
export function tlsVersionsOf(common: Json | undefined): Authored | undefined {
  const params = objectIn(common, "tls_params");
  const min = versions[textIn(params, "tls_minimum_protocol_version")];
  const max = versions[textIn(params, "tls_maximum_protocol_version")];
  return said({ min: min === "1.2" ? undefined : min, max: max === "1.3" ? undefined : max });
}
