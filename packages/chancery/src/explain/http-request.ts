import { isInRange, toRange } from "./address.ts";
import type { Outcome } from "./explanation.ts";
import { type RequestHeaders, toRequestHeaders } from "./headers.ts";
import { flagIn, type Json, numberIn, objectIn, objectsIn, textIn } from "./json.ts";
import { hasEscapedSlash, mergeSlashes, normalizePath, unescapeSlashes } from "./path.ts";
import type { Request } from "./request.ts";

/** A request as the connection manager hands it on to routing. */
export interface HttpRequest {
  readonly authority: string;
  readonly path: string;
  readonly scheme: string;
  /** The header `x-forwarded-proto`. */
  readonly forwardedProto: string;
  readonly headers: RequestHeaders;
  /** What was done to host and path. */
  readonly changes: readonly string[];
  /** Whether it comes from an address that is the operator's own. */
  readonly internal: boolean;
  /** Why it does not come to routing. */
  readonly outcome?: Outcome;
}

/** Does to host and path what the connection manager does before it routes. */
export function toHttpRequest(manager: Json, request: Request): HttpRequest {
  const forwardedProto = forwardedProtoOf(manager, request);
  const lower = forwardedProto.toLowerCase();
  const scheme = lower === "http" || lower === "https" ? lower : ownScheme(request);
  const host = toHost(manager, request);
  const path = toPath(manager, request.path);
  const { authority } = host;
  const headers = toRequestHeaders(request, {
    authority,
    path: path.path,
    scheme,
    forwardedProto,
    generated: generatedHeaders(manager),
  });
  const internal = isInternal(manager, request);
  const changes = [...host.changes, ...path.changes];
  return {
    authority,
    path: path.path,
    scheme,
    forwardedProto,
    headers,
    changes,
    internal,
    ...(path.outcome && { outcome: path.outcome }),
  };
}

function ownScheme({ tls }: Request): string {
  return tls ? "https" : "http";
}

/** What the client says is believed unless this Envoy is the edge. */
function forwardedProtoOf(manager: Json, request: Request): string {
  const given = request.headers.find(([name]) => name === "x-forwarded-proto")?.[1].trim();
  const hops = numberIn(manager, "xff_num_trusted_hops") ?? 0;
  return (!isEdge(manager) || hops > 0 ? given : undefined) ?? ownScheme(request);
}

function isEdge(manager: Json): boolean {
  return flagIn(manager, "use_remote_address") ?? false;
}

function toHost(manager: Json, { authority, port }: Request): { authority: string; changes: readonly string[] } {
  let host = authority;
  if (flagIn(manager, "strip_trailing_host_dot") ?? false) host = host.replace(/\.(?=(:\d+)?$)/, "");
  if (flagIn(manager, "strip_any_host_port") ?? false) host = host.replace(/:\d+$/, "");
  else if ((flagIn(manager, "strip_matching_host_port") ?? false) && host.endsWith(`:${port}`)) {
    host = host.slice(0, -`:${port}`.length);
  }
  return { authority: host, changes: host === authority ? [] : [`host "${authority}" becomes "${host}"`] };
}

interface PathStep {
  readonly path: string;
  readonly changes: readonly string[];
  readonly outcome?: Outcome;
}

function toPath(manager: Json, given: string): PathStep {
  const changes: string[] = [];
  const note = (how: string, before: string, after: string) => {
    if (before !== after) changes.push(`path "${before}" becomes "${after}" (${how})`);
    return after;
  };
  const bad = (why: string): PathStep => {
    return { path: given, changes, outcome: { kind: "refuse", status: 400, code: "path_normalization_failed", why } };
  };
  if (given === "") return { path: given, changes };
  if (/[^!-~]/.test(given)) return bad(`path "${given}" has characters that have to be percent-encoded`);
  const action = textIn(manager, "path_with_escaped_slashes_action");
  const escaped = action !== "" && action !== "KEEP_UNCHANGED" && hasEscapedSlash(given);
  if (escaped && action === "REJECT_REQUEST") return bad(`path "${given}" has escaped slashes, which are refused`);
  let path = escaped ? note(action, given, unescapeSlashes(given)) : given;
  if (flagIn(manager, "normalize_path") ?? false) {
    const normal = normalizePath(path);
    if (normal === undefined) return bad(`path "${path}" cannot be normalized`);
    path = note("normalize_path", path, normal);
  }
  if (flagIn(manager, "merge_slashes") ?? false) path = note("merge_slashes", path, mergeSlashes(path));
  if (!escaped || action !== "UNESCAPE_AND_REDIRECT") return { path, changes };
  return { path, changes, outcome: { kind: "respond", status: 307, location: path, responseHeaders: [] } };
}

function generatedHeaders(manager: Json): Readonly<Record<string, string>> {
  const edge = isEdge(manager);
  const generatesId = flagIn(manager, "generate_request_id") ?? true;
  return {
    ...(generatesId && { "x-request-id": "a random id" }),
    ...(edge && !(flagIn(manager, "skip_xff_append") ?? false) && { "x-forwarded-for": "the client's address" }),
  };
}

/** Without `internal_address_config` no address is internal; nor is a client that others stand before. */
function isInternal(manager: Json, { sourceIp, headers }: Request): boolean {
  const ranges = objectsIn(objectIn(manager, "internal_address_config"), "cidr_ranges").map(toRange);
  const forwarded = headers.find(([name]) => name === "x-forwarded-for")?.[1].trim();
  const direct = forwarded === undefined ? sourceIp : undefined;
  const client = isEdge(manager) ? direct : forwarded;
  return client !== undefined && ranges.some((range) => isInRange(range, client));
}
