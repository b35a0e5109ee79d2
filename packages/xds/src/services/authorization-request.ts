import { toAddressText } from "./address-text.ts";
import { FieldReader, readTextPair } from "./fields.ts";
import { type Header, readHeaderMap, toHeader } from "./headers.ts";
import { MessageView } from "./message-view.ts";

/** May this be done? `envoy.service.auth.v3.CheckRequest`, as far as Envoy fills it. */
export interface AuthorizationRequest {
  /** Undefined if a connection is asked about and not a request of HTTP. */
  readonly http?: AuthorizationHttpRequest;
  /** Who connected to Envoy. */
  readonly source: AuthorizationPeer;
  /** Envoy itself. */
  readonly destination: AuthorizationPeer;
  /** The server name of the TLS handshake; "" without one. */
  readonly sni: string;
  /** What the filter or the route says about itself, such as the policy. */
  readonly contextExtensions: ReadonlyMap<string, string>;
}

/** https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/auth/v3/attribute_context.proto */
export interface AuthorizationHttpRequest {
  /** Envoy's `x-request-id`. */
  readonly id: string;
  readonly method: string;
  /** As the client sent it, with the query; what is not UTF-8 in it Envoy has replaced by `!`. */
  readonly path: string;
  readonly host: string;
  readonly scheme: string;
  /** Such as `HTTP/2`. */
  readonly protocol: string;
  /** In bytes; -1 if it is not known. */
  readonly size: number;
  /**
   * In the order that Envoy has them, names in lower case, those that begin with `:` too. With the filter's
   * `encode_raw_headers` a header that came twice is here twice, else its values are joined by a comma.
   */
  readonly headers: readonly Header[];
  /** Empty unless the filter has `with_request_body`. */
  readonly body: Uint8Array;
}

export interface AuthorizationPeer {
  /** As people write it: `10.0.0.1:80`, `[::1]:80`, or the path of a unix socket. */
  readonly address: string;
  /** The first URI of its certificate, or else a DNS name, or else the subject; "" without a certificate. */
  readonly principal: string;
  /** Its certificate, URL-encoded PEM, if the filter has `include_peer_certificate`; else "". */
  readonly certificate: string;
  /** The node's service cluster, for the destination. */
  readonly service: string;
}

/** Reads a request in wire format. Throws a WireError if it is malformed. */
export function readAuthorizationRequest(bytes: Uint8Array): AuthorizationRequest {
  let http: AuthorizationHttpRequest | undefined;
  let source = nobody;
  let destination = nobody;
  let sni = "";
  const contextExtensions = new Map<string, string>();
  for (const reader = new FieldReader(attributesOf(bytes)); reader.next(); ) {
    if (reader.field === 1) source = readPeer(reader.bytes());
    else if (reader.field === 2) destination = readPeer(reader.bytes());
    else if (reader.field === 4) http = readRequest(reader.bytes()) ?? http;
    else if (reader.field === 10) contextExtensions.set(...readTextPair(reader.bytes()));
    else if (reader.field === 12) sni = readFirstText(reader.bytes());
  }
  return { ...(http !== undefined && { http }), source, destination, sni, contextExtensions };
}

const nothing: Uint8Array = new Uint8Array();
const nobody: AuthorizationPeer = { address: "", principal: "", certificate: "", service: "" };

function attributesOf(bytes: Uint8Array): Uint8Array {
  let attributes = nothing;
  for (const reader = new FieldReader(bytes); reader.next(); ) if (reader.field === 1) attributes = reader.bytes();
  return attributes;
}

function readPeer(bytes: Uint8Array): AuthorizationPeer {
  let { address, principal, certificate, service } = nobody;
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) address = toAddressText(new MessageView(reader.bytes()));
    else if (reader.field === 2) service = reader.string();
    else if (reader.field === 4) principal = reader.string();
    else if (reader.field === 5) certificate = reader.string();
  }
  return { address, principal, certificate, service };
}

function readRequest(bytes: Uint8Array): AuthorizationHttpRequest | undefined {
  let http: AuthorizationHttpRequest | undefined;
  for (const reader = new FieldReader(bytes); reader.next(); ) if (reader.field === 2) http = readHttp(reader.bytes());
  return http;
}

function readHttp(bytes: Uint8Array): AuthorizationHttpRequest {
  const texts = new Map<number, string>();
  const joined: Header[] = [];
  let raw: readonly Header[] = [];
  let size = -1;
  let body = nothing;
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 3) joined.push(toHeader(...readTextPair(reader.bytes())));
    else if (reader.field === 13) raw = readHeaderMap(reader.bytes());
    else if (reader.field === 9) size = Number(reader.int64());
    // The same field as text and as bytes, whichever the filter sends.
    else if (reader.field === 11 || reader.field === 12) body = reader.bytes();
    else if (textFields.has(reader.field)) texts.set(reader.field, reader.string());
  }
  const textOf = (field: number) => texts.get(field) ?? "";
  return {
    ...{ id: textOf(1), method: textOf(2), path: textOf(4), host: textOf(5), scheme: textOf(6), protocol: textOf(10) },
    ...{ size, body, headers: raw.length > 0 ? raw : joined },
  };
}

const textFields: ReadonlySet<number> = new Set([1, 2, 4, 5, 6, 10]);

function readFirstText(bytes: Uint8Array): string {
  let text = "";
  for (const reader = new FieldReader(bytes); reader.next(); ) if (reader.field === 1) text = reader.string();
  return text;
}
