import { isObject, type Json, objectIn, objectsIn, textIn } from "../explain/json.ts";
import type { Names } from "./names.ts";
import { type Authored, said } from "./values.ts";

/** Where a secret's parts stand: the name of a file, or a text. */
type Part = { readonly file: string } | { readonly text: string };

/** Makes certificate objects of what TLS contexts have, each content once. */
export class Certificates {
  readonly #objects = new Map<string, Authored>();
  readonly #byContent = new Map<string, string>();
  readonly #secrets: ReadonlyMap<string, Json>;
  readonly #names: Names;

  constructor(secrets: readonly Json[], names: Names) {
    this.#secrets = new Map(secrets.map((secret) => [textIn(secret, "name"), secret]));
    this.#names = names;
  }

  /** All that were asked for, by name. */
  get objects(): ReadonlyMap<string, Authored> {
    return this.#objects;
  }

  /** The object of a `TlsCertificate`; undefined if the model cannot say what it has. */
  ofCertificate(certificate: Json, hint?: string): string | undefined {
    return this.#add({}, certificateParts(certificate), [hint, "certificate"]);
  }

  /** The object of the authorities in a `CertificateValidationContext`. */
  ofAuthorities(context: Json, hint?: string): string | undefined {
    return this.#add({ kind: "ca" }, authorityParts(context), [hint, "authorities"]);
  }

  /** The same, if the model has such an object already. */
  knownCertificate(certificate: Json): string | undefined {
    return this.#byContent.get(contentOf({}, certificateParts(certificate)) ?? "");
  }

  knownAuthorities(context: Json): string | undefined {
    return this.#byContent.get(contentOf({ kind: "ca" }, authorityParts(context)) ?? "");
  }

  /** What a reference means that names a secret of the same file; undefined for one that Envoy fetches. */
  secretOf(reference: Json): Json | undefined {
    return reference.sds_config === undefined ? this.#secrets.get(textIn(reference, "name")) : undefined;
  }

  #add(fields: Authored, parts: Parts | undefined, hints: readonly (string | undefined)[]): string | undefined {
    const key = contentOf(fields, parts);
    if (key === undefined) return undefined;
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    const content: Authored = JSON.parse(key);
    const name = this.#names.take(fileNameOf(parts), ...hints);
    this.#byContent.set(key, name);
    this.#objects.set(name, content);
    return name;
  }
}

type Parts = Readonly<Record<string, Part>>;

function certificateParts(certificate: Json): Parts | undefined {
  const { certificate_chain: _c, private_key: _k, watched_directory: _w, ...rest } = certificate;
  const [cert, key] = [partIn(certificate, "certificate_chain"), partIn(certificate, "private_key")];
  return Object.keys(rest).length === 0 && cert && key ? { cert, key } : undefined;
}

function authorityParts(context: Json): Parts | undefined {
  const [ca, crl] = [partIn(context, "trusted_ca"), partIn(context, "crl")];
  if (ca === undefined || (context.crl !== undefined && crl === undefined)) return undefined;
  return { ca, ...(crl && { crl }) };
}

/** An object as text. It has either files or texts, and these have to look like PEM. */
function contentOf(fields: Authored, parts: Parts = {}): string | undefined {
  const list = Object.entries(parts);
  const files = list.flatMap(([key, part]) => ("file" in part ? [[key, part.file]] : []));
  const texts = list.flatMap(([key, part]) => ("text" in part ? [[key, part.text]] : []));
  if (list.length === 0 || (files.length > 0 && texts.length > 0)) return undefined;
  if (texts.some(([, text]) => text?.includes("-----BEGIN ") !== true)) return undefined;
  return JSON.stringify({ ...fields, ...(files.length > 0 ? { files: entries(files) } : { inline: entries(texts) }) });
}

/** Such as `shop` for `/etc/envoy/shop.crt`. */
function fileNameOf(parts: Parts | undefined): string | undefined {
  const [first] = Object.values(parts ?? {});
  if (first === undefined || !("file" in first)) return undefined;
  return first.file
    .split("/")
    .at(-1)
    ?.replace(/\.\w+$/, "");
}

function entries(list: readonly (readonly string[])[]): Authored {
  return Object.fromEntries(list.map(([key = "", value]) => [key, value]));
}

function partIn(parent: Json, field: string): Part | undefined {
  const source = objectIn(parent, field);
  if (source === undefined) return undefined;
  const { watched_directory: _, ...rest } = source;
  if (Object.keys(rest).length !== 1) return undefined;
  if (typeof source.filename === "string") return { file: source.filename };
  if (typeof source.inline_string === "string") return { text: source.inline_string };
  if (typeof source.inline_bytes !== "string") return undefined;
  const text = Buffer.from(source.inline_bytes, "base64").toString("utf8");
  return Buffer.from(text).toString("base64") === source.inline_bytes ? { text } : undefined;
}

/**
 * A `CommonTlsContext` with the secrets of the same file where it only names them, and validation in one place, however
 * it was said.
 */
export function withSecrets(common: Json, secretOf: (reference: Json) => Json | undefined): Json {
  const { tls_certificate_sds_secret_configs: _r, validation_context_sds_secret_config: _v, ...rest } = common;
  const references = objectsIn(common, "tls_certificate_sds_secret_configs");
  const certificates = references.flatMap((reference) => objectIn(secretOf(reference), "tls_certificate") ?? []);
  const fetched = references.filter((reference) => secretOf(reference) === undefined);
  const all = [...objectsIn(common, "tls_certificates"), ...certificates];
  const { combined_validation_context, ...others } = rest;
  const combined = isObject(combined_validation_context) ? combined_validation_context : undefined;
  const reference =
    objectIn(common, "validation_context_sds_secret_config") ??
    objectIn(combined, "validation_context_sds_secret_config");
  const authorities = reference && objectIn(secretOf(reference), "validation_context");
  const isFetched = reference !== undefined && authorities === undefined;
  const validation = said({
    ...objectIn(common, "validation_context"),
    ...objectIn(combined, "default_validation_context"),
    ...authorities,
  });
  const { tls_certificates: _t, validation_context: _c, ...kept } = others;
  return Object.fromEntries([
    ...Object.entries(kept),
    ...(all.length > 0 ? [["tls_certificates", all]] : []),
    ...(fetched.length > 0 ? [["tls_certificate_sds_secret_configs", fetched]] : []),
    ...(isFetched && combined !== undefined ? [["combined_validation_context", combined]] : []),
    ...(isFetched && combined === undefined ? [["validation_context_sds_secret_config", reference]] : []),
    ...(!isFetched && validation !== undefined ? [["validation_context", validation]] : []),
  ]);
}
