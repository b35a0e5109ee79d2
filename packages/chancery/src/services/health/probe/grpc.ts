import { once } from "node:events";
import { constants, type IncomingHttpHeaders } from "node:http2";
import { WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { ProbeOptions } from "./connect.ts";
import { withSession } from "./http.ts";
import type { ProbeResult } from "./probe.ts";

export interface GrpcProbeOptions extends ProbeOptions {
  /** Which of the server's services is asked for; "" for all of it. */
  readonly service: string;
}

/**
 * Asks by gRPC's health protocol. Rejects if there is no answer.
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function probeGrpc(options: GrpcProbeOptions): Promise<ProbeResult> {
  const { host, signal, tls, service } = options;
  return withSession(options, async (session) => {
    const stream = session.request(
      {
        [constants.HTTP2_HEADER_METHOD]: "POST",
        [constants.HTTP2_HEADER_PATH]: "/grpc.health.v1.Health/Check",
        [constants.HTTP2_HEADER_AUTHORITY]: host,
        [constants.HTTP2_HEADER_SCHEME]: tls === undefined ? "http" : "https",
        "content-type": "application/grpc",
        te: "trailers",
        "user-agent": "chancery/health",
      },
      { signal },
    );
    stream.on("error", () => {});
    stream.end(toRequest(service));
    let trailers: IncomingHttpHeaders = {};
    stream.once("trailers", (received) => {
      trailers = received;
    });
    const [headers = {}]: IncomingHttpHeaders[] = await once(stream, "response", { signal });
    if (Number(headers[":status"]) !== 200) return { ok: false, reason: `HTTP ${headers[":status"]}` };
    const chunks: Buffer[] = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
      if (chunks.length > maxChunks) throw new Error("the answer is too long");
    }
    const status = Number(trailers["grpc-status"] ?? headers["grpc-status"] ?? 2);
    if (status !== 0) return { ok: false, reason: `gRPC status ${status}` };
    const state = readState(Buffer.concat(chunks));
    return state === serving ? { ok: true } : { ok: false, reason: states[state] ?? `state ${state}` };
  });
}

/** What is asked for is some bytes long. */
const maxChunks = 16;

/** Of `HealthCheckResponse.ServingStatus`. */
const serving = 1;
const states = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** A frame with a `grpc.health.v1.HealthCheckRequest`. */
function toRequest(service: string): Buffer {
  const writer = new WireWriter();
  if (service !== "") writer.tag(1, WireType.Bytes).string(service);
  const message = writer.finish();
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

function readState(frame: Buffer): number {
  const reader = new WireReader(frame.subarray(5));
  let state = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag >>> 3 === 1) state = reader.varint();
    else reader.skip(tag);
  }
  return state;
}
