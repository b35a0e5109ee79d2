import { fieldsOf } from "./fields.ts";

/**
 * Reads an `envoy.config.core.v3.Address` as people write it: `10.0.0.1:80`, `[::1]:80`, the path of a unix socket, or
 * `envoy://listener/endpoint` for a listener within Envoy. "" if there is none.
 */
export function readSocketName(bytes: Uint8Array): string {
  let name = "";
  for (const [field, reader] of fieldsOf(bytes)) {
    if (field === 1) name = readSocketAddress(reader.bytes());
    else if (field === 2) name = readTexts(reader.bytes())[1] ?? "";
    else if (field === 3) name = `envoy://${readTexts(reader.bytes()).slice(1).join("/")}`;
  }
  return name;
}

function readSocketAddress(bytes: Uint8Array): string {
  let host = "";
  let port = "";
  for (const [field, reader] of fieldsOf(bytes)) {
    if (field === 2) host = reader.string();
    else if (field === 3) port = String(reader.uint32());
    else if (field === 4) port = reader.string();
  }
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The first two fields of a message, if they are texts, by number. */
function readTexts(bytes: Uint8Array): string[] {
  const texts: string[] = [];
  for (const [field, reader] of fieldsOf(bytes)) if (field === 1 || field === 2) texts[field] = reader.string();
  return texts;
}
