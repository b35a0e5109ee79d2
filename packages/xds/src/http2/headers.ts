import type { Field } from "./hpack/table.ts";

/**
 * The headers of a request by their names, which are in lower case; those in front are `:method`, `:path`, `:scheme` and
 * `:authority`. What came several times is joined, with commas.
 */
export type Headers = Readonly<Record<string, string | undefined>>;

const PSEUDO = new Set([":method", ":scheme", ":path", ":authority"]);

/** What HTTP/1 says of a connection has no place in HTTP/2. */
const OF_CONNECTION = new Set(["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"]);

/** An object that has what it is given and nothing else, whatever the names are. */
class Bare {
  [name: string]: string | undefined;
}
Object.setPrototypeOf(Bare.prototype, null);
Reflect.deleteProperty(Bare.prototype, "constructor");

export interface Request {
  readonly headers: Headers;
  /** As many as its `content-length` says; undefined without one. */
  readonly bodyBytes: number | undefined;
}

/**
 * Puts the fields of a request together; undefined where they are malformed.
 *
 * https://www.rfc-editor.org/rfc/rfc9113#section-8.1.1
 */
export function toRequest(fields: readonly Field[], withoutBody: boolean): Request | undefined {
  const headers = toHeaders(fields);
  if (headers === undefined) return undefined;
  const bodyBytes = contentLength(headers);
  if (Number.isNaN(bodyBytes) || (withoutBody && (bodyBytes ?? 0) > 0)) return undefined;
  return { headers, bodyBytes };
}

/** https://www.rfc-editor.org/rfc/rfc9113#section-8.3 */
function toHeaders(fields: readonly Field[]): Headers | undefined {
  const headers = new Bare();
  let regular = false;
  for (const { name, value, valid } of fields) {
    if (!valid) return undefined;
    const known = headers[name];
    if (name.startsWith(":")) {
      if (regular || known !== undefined || !PSEUDO.has(name)) return undefined;
      headers[name] = value;
    } else {
      regular = true;
      if (OF_CONNECTION.has(name) || (name === "te" && value !== "trailers")) return undefined;
      headers[name] = known === undefined ? value : `${known}${name === "cookie" ? "; " : ", "}${value}`;
    }
  }
  return isComplete(headers) ? headers : undefined;
}

function isComplete({ ":method": method, ":scheme": scheme, ":path": path }: Headers): boolean {
  if (method === "CONNECT") return scheme === undefined && path === undefined;
  return Boolean(method && scheme && path);
}

/** Trailers are read for what they may not be, and for nothing else. */
export function areTrailers(fields: readonly Field[]): boolean {
  return fields.every(({ name, valid }) => valid && !name.startsWith(":"));
}

/** The number in a `content-length`; undefined without one, and NaN where it is none. */
function contentLength({ "content-length": length }: Headers): number | undefined {
  if (length === undefined) return undefined;
  return /^\d{1,15}$/.test(length) ? Number(length) : Number.NaN;
}
