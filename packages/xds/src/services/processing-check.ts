import { type BodyMode, bodyModes } from "./body-mode.ts";
import { appendActions, type HeaderChange } from "./header-change.ts";
import type { BodyContent, HeadersContent, TrailersContent } from "./processing-request.ts";
import type { BodyChange, HeadersChange, ImmediateResponse, ModeChange, TrailersChange } from "./processing-result.ts";

/** A change in answer to any message, before it is known whether that may be changed. */
export type AnyChange = HeadersChange & BodyChange & TrailersChange;

/** Throws a TypeError that names what cannot be done, and why. */
export function refuse(what: string, why: string): never {
  throw new TypeError(`Cannot ${what}: ${why}`);
}

interface Circumstances {
  readonly content: HeadersContent | BodyContent | TrailersContent;
  readonly mode: BodyMode | undefined;
  readonly held: boolean;
}

/** Throws a TypeError if a change has what the protocol does not allow in answer to the message. */
export function checkChange(what: string, change: AnyChange, { content, mode, held }: Circumstances): void {
  const { direction, part } = content;
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined || parts[part].has(key)) continue;
    const where = Object.entries(parts).flatMap(([name, keys]) => (keys.has(key) ? [name] : []));
    refuse(what, where.length > 0 ? `"${key}" is for ${where.join(" and ")}` : `there is no "${key}"`);
  }
  checkHeaders(what, change.headers, change.headersToRemove);
  checkHeaders(what, change.heldHeaders?.headers, change.heldHeaders?.headersToRemove);
  const isDuplex = mode === "full-duplex";
  if (change.chunks !== undefined && !isDuplex) refuse(what, `"chunks" needs the mode full-duplex, and it is ${mode}`);
  if (change.body !== undefined && isDuplex)
    refuse(what, 'in the mode full-duplex it is "chunks" that go on, not "body"');
  if (change.heldHeaders !== undefined && !held) refuse(what, "no headers are on hold");
  if (part === "body" && changesHeaders(change) && !(mode === undefined || mode.startsWith("buffered"))) {
    refuse(what, `headers cannot be changed with it in the mode ${mode}`);
  }
  if (part === "headers") checkHeadersChange(what, change, { endOfStream: content.endOfStream, isDuplex });
  if (change.clearRouteCache !== true) return;
  if (direction === "response") refuse(what, "clearRouteCache is for requests");
  if (!changesHeaders(change)) refuse(what, "clearRouteCache has no effect without changes of headers");
}

export function changesHeaders({ headers = [], headersToRemove = [] }: AnyChange): boolean {
  return headers.length > 0 || headersToRemove.length > 0;
}

/** Throws a TypeError if a result has more than what it may have. */
export function requireAlone(what: string, result: object, allowed: readonly string[]): void {
  const other = Object.entries(result).find(([key, value]) => value !== undefined && !allowed.includes(key));
  if (other !== undefined) refuse(what, `"${other[0]}" cannot be said along with "${allowed[0]}"`);
}

export function checkImmediate(what: string, { status, headers, headersToRemove }: ImmediateResponse): void {
  if (!(Number.isInteger(status) && status >= 200 && status <= 599))
    refuse(what, `status is ${status}: it must be from 200 to 599`);
  checkHeaders(what, headers, headersToRemove);
}

const common = ["headers", "headersToRemove", "dynamicMetadata"] as const;

/** What may be in the answer to each part of a message. */
const parts: Readonly<Record<"headers" | "body" | "trailers", ReadonlySet<string>>> = {
  headers: new Set<keyof HeadersChange>([...common, "replaceBody", "clearRouteCache", "mode", "hold"]),
  body: new Set<keyof BodyChange>([...common, "body", "chunks", "heldHeaders", "clearRouteCache"]),
  trailers: new Set<keyof TrailersChange>([...common, "chunks", "heldHeaders"]),
};

interface HeadersCircumstances {
  readonly endOfStream: boolean;
  readonly isDuplex: boolean;
}

function checkHeadersChange(what: string, change: AnyChange, { endOfStream, isDuplex }: HeadersCircumstances): void {
  if (change.mode !== undefined) checkMode(what, change.mode);
  if (change.hold === true) {
    if (!isDuplex) refuse(what, '"hold" needs the mode full-duplex');
    if (endOfStream) refuse(what, '"hold" needs a body, and there is none');
    const other = Object.entries(change).find(([key, value]) => key !== "hold" && value !== undefined);
    if (other !== undefined) refuse(what, `"${other[0]}" cannot be said while headers are on hold`);
  }
  if (change.replaceBody !== undefined && isDuplex && !endOfStream) {
    refuse(
      what,
      'in the mode full-duplex a body that comes cannot be replaced with the headers: answer it with "chunks"',
    );
  }
}

function checkMode(what: string, mode: ModeChange): void {
  for (const [key, value] of Object.entries(mode)) {
    const known = modes.get(key);
    if (known === undefined) refuse(what, `mode has no "${key}"`);
    if (value !== undefined && !known.includes(value))
      refuse(what, `mode.${key} is "${value}": it may be ${known.join(", ")}`);
  }
}

const sendModes = ["send", "skip"];

const modes: ReadonlyMap<string, readonly string[]> = new Map<keyof ModeChange, readonly string[]>([
  ["responseHeaders", sendModes],
  ["requestBody", bodyModes],
  ["responseBody", bodyModes],
  ["requestTrailers", sendModes],
  ["responseTrailers", sendModes],
]);

function checkHeaders(what: string, headers: readonly HeaderChange[] = [], toRemove: readonly string[] = []): void {
  for (const { name, value, action = "overwrite" } of headers) {
    if (!headerName.test(name)) refuse(what, `"${name}" is no name of a header`);
    if (/[\0\r\n]/.test(value)) refuse(what, `the value of header "${name}" has characters that no header may have`);
    if (!Object.hasOwn(appendActions, action)) refuse(what, `the action for header "${name}" is "${action}"`);
  }
  for (const name of toRemove) {
    if (name.startsWith(":") || name.toLowerCase() === "host") refuse(what, `header "${name}" cannot be removed`);
    if (!headerName.test(name)) refuse(what, `"${name}" is no name of a header`);
  }
}

/** A token of HTTP, or a pseudo-header. */
const headerName = /^:?[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
