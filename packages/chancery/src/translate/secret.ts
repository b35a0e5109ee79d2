import type { DataSourceJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type { SecretJson } from "@chancery/envoy-api/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import type { Certificate } from "../model/certificate.ts";
import type { Item } from "../model/model.ts";
import type { Draft, FileContents } from "./draft.ts";
import { secretNames } from "./tls.ts";

/** The secret of a certificate object; undefined while a file that it names was never read. */
export function toSecretDraft(item: Item<"certificates">, files: FileContents): Draft | undefined {
  const name = secretNames[item.value.kind](item.name);
  const content = toContent(item.value, files);
  return content && { type: "secrets", name, json: { name, ...content }, from: [item] };
}

function toContent(certificate: Certificate, files: FileContents): SecretJson | undefined {
  switch (certificate.kind) {
    case "certificate": {
      const { inline, files: paths } = certificate;
      const certificateChain = toSource(inline?.cert ?? read(paths?.cert, files));
      const privateKey = toSource(inline?.key ?? read(paths?.key, files));
      if (certificateChain === undefined || privateKey === undefined) return undefined;
      return { tlsCertificate: { certificateChain, privateKey } };
    }
    case "ca": {
      const { inline, files: paths } = certificate;
      const trustedCa = toSource(inline?.ca ?? read(paths?.ca, files));
      const crl = toSource(inline?.crl ?? read(paths?.crl, files));
      return trustedCa && { validationContext: { trustedCa, ...(crl && { crl }) } };
    }
    case "secret": {
      const secret = toSource(certificate.inline?.secret ?? read(certificate.files?.secret, files));
      return secret && { genericSecret: { secret } };
    }
  }
}

function read(path: string | undefined, files: FileContents): string | undefined {
  return path === undefined ? undefined : files.get(path);
}

function toSource(text: string | undefined): DataSourceJson | undefined {
  return text === undefined ? undefined : { inlineString: text };
}
