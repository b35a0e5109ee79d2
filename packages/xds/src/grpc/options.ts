import type { GrpcCall } from "./handler.ts";
import type { TlsOptions } from "./tls.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

export interface GrpcServerOptions {
  /** Serve over TLS, HTTP/2 by ALPN. Default: plain text. */
  readonly tls?: TlsOptions;
  /** Bytes one request message may have, decompressed; above it the call ends as RESOURCE_EXHAUSTED. Default: 16 MiB. */
  readonly maxReceiveBytes?: number;
  /**
   * Bytes of one connection that may be in the hands of its socket at a time. Default: 4 MiB, or 128 KiB over TLS, which
   * makes an encrypted copy of them.
   */
  readonly maxWriteBytes?: number;
  /** Calls one connection may have open: an Envoy without ADS opens one for each resource. Default: 65,536. */
  readonly maxConcurrentStreams?: number;
  /** Connections open at a time; more are closed as they come. Default: no limit. */
  readonly maxConnections?: number;
  /** Connections that one address may have open; more are closed as they come. Not for this machine's. Default: 10,000. */
  readonly maxConnectionsPerPeer?: number;
  /** Calls that one address may have open; more end as RESOURCE_EXHAUSTED. Not for this machine's. Default: 50,000. */
  readonly maxCallsPerPeer?: number;
  /**
   * Messages a client may send on one call each second, over ten seconds: what comes faster waits, and so does the client
   * when its window is full. Default: 1,000.
   */
  readonly maxMessagesPerSecond?: number;
  /**
   * Bytes of one call that may wait for the client when another message is written; above it the call ends as
   * RESOURCE_EXHAUSTED. Default: 64 MiB.
   */
  readonly maxSendBytes?: number;
  /** Silence after which the client is pinged; infinity turns it off. Default: 30 s. */
  readonly pingIntervalMs?: number;
  /** Time a client has to answer a ping before the connection is cut. Default: 20 s. */
  readonly pingTimeoutMs?: number;
  /** Pings a client may send before it is sent away with ENHANCE_YOUR_CALM. Default: 6,000. */
  readonly maxPingsPerMinute?: number;
  /** Streams a client may open and reset in one breath before its connection is cut. Default: 1,000. */
  readonly maxRapidResetsPerMinute?: number;
  /**
   * Frames a client may send that move nothing forward (settings, priorities, empty data, requests that are refused)
   * before it is sent away with ENHANCE_YOUR_CALM. Default: 6,000.
   */
  readonly maxIdleFramesPerMinute?: number;
  /** Age at which clients are asked to connect again, give or take a tenth. Default: never. */
  readonly maxConnectionAgeMs?: number;
  /** Time calls may go on after that. Default: 60 s. */
  readonly maxConnectionAgeGraceMs?: number;
  /** Time for the TLS handshake, and again for the HTTP/2 preface and settings. Default: 10 s. */
  readonly handshakeTimeoutMs?: number;
  /** Time for the first call after that. Default: 5 min. */
  readonly firstCallTimeoutMs?: number;
  /** Time a client has for the first message of a call, which then ends as DEADLINE_EXCEEDED. Default: 60 s. */
  readonly firstMessageTimeoutMs?: number;
  /** Request bytes a client may send ahead of the handler, per call. Default: 1 MiB. */
  readonly streamWindowBytes?: number;
  /** The same for all calls of one connection. Default: 8 MiB. */
  readonly connectionWindowBytes?: number;
  /** Memory that the headers of one connection's calls may take before new calls on it are refused. Default: 256 MiB. */
  readonly maxSessionMemoryBytes?: number;
  /** Bytes of request headers. Default: 64 KiB. */
  readonly maxHeaderListBytes?: number;
  /** Closes the server when aborted. */
  readonly signal?: AbortSignal;
  /** Told of what handlers throw beside a `StatusError`, and of errors of the listening socket. Default: a process warning. */
  readonly onError?: (error: unknown, call?: GrpcCall) => void;
}

/** The options with their defaults filled in. */
export interface Settings extends Required<Omit<GrpcServerOptions, "tls" | "signal">> {
  readonly tls: TlsOptions | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Fills in the defaults. A limit that is not a number above zero throws a RangeError. */
export function toSettings(options: GrpcServerOptions): Settings {
  const {
    tls,
    maxReceiveBytes = 16 * MiB,
    maxWriteBytes = tls === undefined ? 4 * MiB : 128 * KiB,
    maxConcurrentStreams = 65_536,
    maxConnections = Number.POSITIVE_INFINITY,
    maxConnectionsPerPeer = 10_000,
    maxCallsPerPeer = 50_000,
    maxMessagesPerSecond = 1000,
    maxSendBytes = 64 * MiB,
    pingIntervalMs = 30_000,
    pingTimeoutMs = 20_000,
    maxPingsPerMinute = 6_000,
    maxRapidResetsPerMinute = 1_000,
    maxIdleFramesPerMinute = 6_000,
    maxConnectionAgeMs = Number.POSITIVE_INFINITY,
    maxConnectionAgeGraceMs = 60_000,
    handshakeTimeoutMs = 10_000,
    firstCallTimeoutMs = 300_000,
    firstMessageTimeoutMs = 60_000,
    streamWindowBytes = MiB,
    connectionWindowBytes = 8 * MiB,
    maxSessionMemoryBytes = 256 * MiB,
    maxHeaderListBytes = 64 * KiB,
    signal,
    onError = (error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)),
  } = options;

  const limits = {
    maxReceiveBytes,
    maxWriteBytes,
    maxConcurrentStreams,
    maxConnections,
    maxConnectionsPerPeer,
    maxCallsPerPeer,
    maxMessagesPerSecond,
    maxSendBytes,
    pingIntervalMs,
    pingTimeoutMs,
    maxPingsPerMinute,
    maxRapidResetsPerMinute,
    maxIdleFramesPerMinute,
    maxConnectionAgeMs,
    maxConnectionAgeGraceMs,
    handshakeTimeoutMs,
    firstCallTimeoutMs,
    firstMessageTimeoutMs,
    streamWindowBytes,
    connectionWindowBytes,
    maxSessionMemoryBytes,
    maxHeaderListBytes,
  };
  for (const [name, value] of Object.entries(limits)) {
    if (!(value > 0)) throw new RangeError(`${name} is ${value}: it must be a number above 0`);
  }

  return { ...limits, tls, signal, onError };
}
