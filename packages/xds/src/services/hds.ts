import { encodeJson, formatProblem } from "@chancery/envoy-api";
import type { HealthCheckSpecifierJson } from "@chancery/envoy-api/gen/envoy/service/health/v3/hds_pb.js";
import { type ClusterHealth, readHealthReport } from "./health-report.ts";
import { MessageView } from "./message-view.ts";
import { type NodeStream, NodeStreams, type ServiceMethod, type StreamReader } from "./node-streams.ts";

/** What to check, and how often to report, as proto3 JSON. */
export type HealthCheckSpecifier = HealthCheckSpecifierJson;

/** A kind of check that a checker says it can do. */
export type CheckProtocol = (typeof protocols)[number];

const protocols = ["HTTP", "TCP", "REDIS"] as const;

/** An Envoy that checks endpoints for the control plane. */
export interface HealthChecker extends NodeStream {
  readonly protocols: ReadonlySet<CheckProtocol>;
  /**
   * Says what it checks from now on, all of it; what it is told already is not sent again. Throws a TypeError for what
   * Envoy would refuse.
   */
  assign(specifier: HealthCheckSpecifier): void;
}

export interface HealthDiscoveryOptions {
  /** Called when a checker is there. It checks nothing until it is assigned something. */
  readonly onOpen: (checker: HealthChecker) => void;
  /**
   * Takes what a checker says of all endpoints that it is assigned. Called for a report that differs from the one before,
   * and with `undefined` for one that does not. A report is read as it is iterated, which can be done again until the next
   * one comes; one that turns out to be malformed ends the stream.
   */
  readonly onReport: (report: Iterable<ClusterHealth> | undefined, checker: HealthChecker) => void;
  /** Called when a checker has gone, after its last report. */
  readonly onClose?: (checker: HealthChecker) => void;
  /** Shares limits and counters; its own by default. */
  readonly streams?: NodeStreams;
}

/**
 * The health discovery service: Envoys check endpoints for the control plane, and tell it what they find.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/health/v3/hds.proto
 */
export function healthDiscoveryHandlers(options: HealthDiscoveryOptions): readonly ServiceMethod[] {
  const { streams = new NodeStreams() } = options;
  const method = "/envoy.service.health.v3.HealthDiscoveryService/StreamHealthCheck";
  const open = (stream: NodeStream) => serve(stream, options);
  return [{ method, open: (call) => streams.open(call, { nodePath: [requestField, 1], borrows: true, open }) }];
}

/** Of `HealthCheckRequestOrEndpointHealthResponse`. */
const requestField = 1;
const responseField = 2;

function serve(stream: NodeStream, { onOpen, onReport, onClose }: HealthDiscoveryOptions): StreamReader {
  let told: Uint8Array | undefined;
  let last: Buffer | undefined;
  let opened = false;
  const can = new Set<CheckProtocol>();
  const checker: HealthChecker = Object.assign(stream, {
    protocols: can,
    assign(specifier: HealthCheckSpecifier) {
      const bytes = encodeSpecifier(specifier);
      if (told !== undefined && Buffer.compare(told, bytes) === 0) return;
      told = bytes;
      stream.write(bytes);
    },
  });
  const learn = (request: MessageView) => {
    can.clear();
    for (const protocol of readProtocols(request.message(2)?.data(1))) can.add(protocol);
    if (opened) return;
    opened = true;
    onOpen(checker);
  };
  return {
    message(bytes) {
      const message = new MessageView(bytes);
      const request = message.message(requestField);
      if (request !== undefined) learn(request);
      if (message.message(responseField) === undefined) return undefined;
      const response = message.data(responseField);
      // Envoy sends all it knows several times a second; mostly nothing has changed.
      if (last?.equals(response)) {
        onReport(undefined, checker);
        return undefined;
      }
      // Mostly it is as long as the one before, and written over that.
      const report = last?.length === response.length ? last : Buffer.alloc(response.length);
      report.set(response);
      last = report;
      onReport({ [Symbol.iterator]: () => readHealthReport(report) }, checker);
      return undefined;
    },
    close: () => onClose?.(checker),
  };
}

function encodeSpecifier(specifier: HealthCheckSpecifier): Uint8Array {
  const encoded = encodeJson("envoy.service.health.v3.HealthCheckSpecifier", specifier);
  if (encoded.ok) return encoded.bytes;
  throw new TypeError(`Cannot assign checks: ${encoded.problems.map(formatProblem).join("; ")}`);
}

/** A repeated enum, which comes packed. */
function readProtocols(packed: Uint8Array = new Uint8Array()): CheckProtocol[] {
  return [...packed].flatMap((value) => protocols[value] ?? []);
}
