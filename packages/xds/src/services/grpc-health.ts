import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { Code, type GrpcCall, StatusError, toFrame, unary } from "../grpc/index.ts";
import { FieldReader } from "./fields.ts";
import { type ServiceMethod, toRefusal } from "./node-streams.ts";

export interface GrpcHealthOptions {
  /** Whether a service, such as `envoy.service.auth.v3.Authorization`, is served. */
  serves(service: string): boolean;
}

/**
 * gRPC's health protocol: load balancers, orchestrators and Envoy's `grpc_health_check` ask whether a service is served, or
 * without a name whether the server is. While it answers, it is.
 * https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function grpcHealthHandlers({ serves }: GrpcHealthOptions): readonly ServiceMethod[] {
  const isServed = (service: string) => service === "" || serves(service);
  const check = (bytes: Uint8Array): Uint8Array => {
    const service = readService(bytes);
    if (isServed(service)) return toResponse(serving);
    throw new StatusError(Code.NOT_FOUND, `there is no service "${service}" here`);
  };
  // It ends with the connection: what is not served any more is told by that.
  const watch = (call: GrpcCall) => ({
    message: (bytes: Uint8Array) =>
      call.write(toFrame(toResponse(isServed(readService(bytes)) ? serving : serviceUnknown))),
  });
  return [
    { method: "/grpc.health.v1.Health/Check", open: unary(check) },
    { method: "/grpc.health.v1.Health/Watch", open: watch },
  ];
}

/** `ServingStatus` of the protocol. */
const serving = 1;
const serviceUnknown = 3;

function toResponse(status: number): Uint8Array {
  return new WireWriter().tag(1, WireType.Varint).varint(status).finish();
}

function readService(bytes: Uint8Array): string {
  try {
    let service = "";
    for (const reader = new FieldReader(bytes); reader.next(); ) if (reader.field === 1) service = reader.string();
    return service;
  } catch (error) {
    throw toRefusal(error);
  }
}
