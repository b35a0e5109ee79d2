import type { JsonValue } from "@chancery/envoy-api";
import { WireError, WireReader } from "@chancery/envoy-api/wire";
import { toAddressText } from "./address-text.ts";
import { MessageView } from "./message-view.ts";
import { flagOfField, type ResponseFlag } from "./response-flags.ts";
import { nameOf, shownAsJson } from "./shown.ts";

/** What is said of a TLS connection; texts are "" where nothing is. */
export interface TlsProperties {
  /** Such as `TLSv1_3`. */
  readonly version: string;
  readonly serverName: string;
  /** The subject of the client's certificate. */
  readonly peerSubject: string;
  readonly sessionId: string;
  readonly ja3: string;
}

/**
 * One entry of an access log, as Envoy sent it: a getter reads its field when it is asked. Texts are "" and numbers 0
 * where Envoy says nothing, unless a getter says otherwise. All of it is up to whoever sends requests: escape it.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/data/accesslog/v3/accesslog.proto
 */
export class AccessLogEntry {
  readonly kind: "http" | "tcp";
  readonly #entry: MessageView;

  /** `bytes` is an `HTTPAccessLogEntry` or a `TCPAccessLogEntry`, from `start` up to, not including, `end`. */
  constructor(kind: "http" | "tcp", bytes: Uint8Array, start = 0, end = bytes.length) {
    this.kind = kind;
    this.#entry = new MessageView(bytes, start, end);
  }

  /** One that stays when the bytes of this are gone. */
  copy(): AccessLogEntry {
    return new AccessLogEntry(this.kind, Buffer.from(this.#wire));
  }

  /** Copies its `size` bytes to an offset. */
  copyTo(target: Uint8Array, offset: number): void {
    target.set(this.#wire, offset);
  }

  /** The bytes it took on the wire. */
  get size(): number {
    return this.#entry.end - this.#entry.start;
  }

  /** What it is written for, such as `DownstreamEnd`; `NotSet` from Envoys that do not say. */
  get type(): string {
    return nameOf("envoy.data.accesslog.v3.AccessLogType", this.#common.count(33));
  }

  /** Whether a request or connection has ended with it. Others say that one began, or how far it is. */
  get isFinal(): boolean {
    const common = this.#common;
    return finalTypes.has(common.count(33)) && !common.flag(27);
  }

  /** When the request or connection began, in milliseconds since 1970. */
  get startTimeMs(): number | undefined {
    return this.#common.milliseconds(5);
  }

  /** From the start to the last byte sent downstream, in milliseconds. */
  get durationMs(): number | undefined {
    const common = this.#common;
    return common.milliseconds(23) ?? common.milliseconds(12);
  }

  /** Milliseconds from the start to the first byte from the upstream. */
  get firstUpstreamByteMs(): number | undefined {
    return this.#common.milliseconds(9);
  }

  get routeName(): string {
    return this.#common.text(19);
  }

  get upstreamCluster(): string {
    return this.#common.text(15);
  }

  /** `address:port` of the host, a path, or `envoy://` and the name of an internal listener. */
  get upstreamHost(): string {
    return toAddressText(this.#common.message(13));
  }

  get upstreamAttempts(): number {
    return this.#common.count(24);
  }

  get upstreamFailure(): string {
    return this.#common.text(18);
  }

  /** Who sent it, if need be according to headers. */
  get downstreamAddress(): string {
    return toAddressText(this.#common.message(2));
  }

  /** Who is at the other end of the connection. */
  get downstreamDirectAddress(): string {
    return toAddressText(this.#common.message(20));
  }

  /** Where it came in. */
  get downstreamLocalAddress(): string {
    return toAddressText(this.#common.message(3));
  }

  get downstreamFailure(): string {
    return this.#common.text(28);
  }

  get terminationDetails(): string {
    return this.#common.text(25);
  }

  get streamId(): string {
    return this.#common.text(26);
  }

  get flags(): readonly ResponseFlag[] {
    const flags = this.#common.message(16);
    return flags === undefined || flags.start === flags.end ? [] : readFlags(flags);
  }

  get tls(): TlsProperties | undefined {
    const tls = this.#common.message(4);
    if (tls === undefined) return undefined;
    return {
      version: nameOf("envoy.data.accesslog.v3.TLSProperties.TLSVersion", tls.count(1)),
      serverName: tls.text(3),
      peerSubject: tls.message(5)?.text(2) ?? "",
      sessionId: tls.text(6),
      ja3: tls.text(7),
    };
  }

  get customTags(): Readonly<Record<string, string>> {
    return this.#common.texts(22);
  }

  /** "" for TCP and for methods that HTTP does not define. */
  get method(): string {
    const method = this.#request?.count(1) ?? 0;
    return method === 0 ? "" : nameOf("envoy.config.core.v3.RequestMethod", method);
  }

  get scheme(): string {
    return this.#request?.text(2) ?? "";
  }

  get authority(): string {
    return this.#request?.text(3) ?? "";
  }

  /** With its query. */
  get path(): string {
    return this.#request?.text(5) ?? "";
  }

  /** The path before it was rewritten. */
  get originalPath(): string {
    return this.#request?.text(10) ?? "";
  }

  get userAgent(): string {
    return this.#request?.text(6) ?? "";
  }

  get referer(): string {
    return this.#request?.text(7) ?? "";
  }

  get forwardedFor(): string {
    return this.#request?.text(8) ?? "";
  }

  /** The header `x-request-id`. */
  get requestId(): string {
    return this.#request?.text(9) ?? "";
  }

  /** The trace it belongs to, in 32 hexadecimal digits, if a header or tag that is logged names it. */
  get traceId(): string {
    const headers = this.requestHeaders;
    const [, id] = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(headers.traceparent ?? "") ?? [];
    return toTraceId(id ?? headers["x-b3-traceid"] ?? this.customTags.trace_id ?? "");
  }

  /** Such as `HTTP/1.1`; "" for TCP. */
  get protocol(): string {
    return this.kind === "http" ? (protocols[this.#entry.count(2)] ?? "") : "";
  }

  /** 0 when there was no response, and for TCP. */
  get status(): number {
    return this.#response?.message(1)?.count(1) ?? 0;
  }

  /** Why it has that status, such as `via_upstream`. */
  get statusDetails(): string {
    return this.#response?.text(6) ?? "";
  }

  /** Bytes of the request's headers and body, or those that a connection received. */
  get bytesReceived(): number {
    if (this.kind === "tcp") return this.#entry.message(2)?.count(1) ?? 0;
    const request = this.#request;
    return request === undefined ? 0 : request.count(11) + request.count(12);
  }

  /** Bytes of the response's headers and body, or those that a connection sent. */
  get bytesSent(): number {
    if (this.kind === "tcp") return this.#entry.message(2)?.count(2) ?? 0;
    const response = this.#response;
    return response === undefined ? 0 : response.count(2) + response.count(3);
  }

  /** Those headers that Envoy was told to log. */
  get requestHeaders(): Readonly<Record<string, string>> {
    return this.#request?.texts(13) ?? {};
  }

  get responseHeaders(): Readonly<Record<string, string>> {
    return this.#response?.texts(4) ?? {};
  }

  get responseTrailers(): Readonly<Record<string, string>> {
    return this.#response?.texts(5) ?? {};
  }

  /** All of it as proto3 JSON, without credentials; undefined if it is malformed. */
  toJson(): JsonValue | undefined {
    const type = this.kind === "http" ? "HTTPAccessLogEntry" : "TCPAccessLogEntry";
    return shownAsJson(`envoy.data.accesslog.v3.${type}`, this.#wire);
  }

  get #wire(): Uint8Array {
    const { bytes, start, end } = this.#entry;
    return bytes.subarray(start, end);
  }

  get #common(): MessageView {
    return this.#entry.message(1) ?? empty;
  }

  get #request(): MessageView | undefined {
    return this.kind === "http" ? this.#entry.message(3) : undefined;
  }

  get #response(): MessageView | undefined {
    return this.kind === "http" ? this.#entry.message(4) : undefined;
  }
}

const empty = new MessageView(new Uint8Array());

/** NotSet, TcpConnectionEnd, DownstreamEnd, UdpSessionEnd. */
const finalTypes: ReadonlySet<number> = new Set([0, 3, 6, 13]);

const protocols = ["", "HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3"];

/** Zipkin's ids may have 16 digits. */
function toTraceId(text: string): string {
  return /^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(text) ? text.toLowerCase().padStart(32, "0") : "";
}

/** Each flag is a field of its own: a boolean, or a message with details. */
function readFlags({ bytes, start, end }: MessageView): ResponseFlag[] {
  const flags: ResponseFlag[] = [];
  const reader = new WireReader(bytes, start, end);
  try {
    while (!reader.done) {
      const tag = reader.tag();
      const known = flagOfField(tag >>> 3);
      if ((tag & 7) === 0 ? reader.bool() : skipped(reader, tag)) if (known !== undefined) flags.push(known);
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  return flags;
}

function skipped(reader: WireReader, tag: number): true {
  reader.skip(tag);
  return true;
}
