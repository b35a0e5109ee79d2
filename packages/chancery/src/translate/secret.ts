import type { DataSourceJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type { SecretJson } from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import type { Certificate } from "../model/certificate.ts";
import type { Item } from "../model/model.ts";
import type { Draft, Material } from "./draft.ts";
import { memo } from "./memo.ts";
import { secretNames } from "./tls.ts";

/** The secret of a certificate object. */
export const toSecretDraft: (item: Item<"certificates">, material: Material) => Draft = memo((item, material) => {
  const { kind } = item.value;
  const name = secretNames[kind](item.name);
  return { type: "secrets", name, json: { name, ...contents[kind](material) }, from: [item] };
});

const contents: Readonly<Record<Certificate["kind"], (material: Material) => SecretJson>> = {
  certificate: ({ cert = "", key = "" }) => ({
    tlsCertificate: { certificateChain: inline(cert), privateKey: inline(key) },
  }),
  ca: ({ ca = "", crl }) => ({
    validationContext: { trustedCa: inline(ca), ...(crl !== undefined && { crl: inline(crl) }) },
  }),
  secret: ({ secret = "" }) => ({ genericSecret: { secret: inline(secret) } }),
};

function inline(text: string): DataSourceJson {
  return { inlineString: text };
}
