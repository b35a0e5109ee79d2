import type { JsonValue } from "@chancery/envoy-api";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { RateLimitUnit } from "./rate-limit-request.ts";
import { encodeStruct } from "./struct.ts";

/** Whether a request may pass, `envoy.service.ratelimit.v3.RateLimitResponse`. */
export interface RateLimitResponse {
  readonly overallCode: RateLimitCode;
  /** One for each descriptor of the request, in its order. */
  readonly statuses: readonly RateLimitStatus[];
  /** For the one who sent the request that is limited. */
  readonly responseHeadersToAdd?: readonly RateLimitHeader[];
  /** For the one whom the request goes to. */
  readonly requestHeadersToAdd?: readonly RateLimitHeader[];
  /** What the client sends instead of its own body when the limit is exceeded. */
  readonly rawBody?: Uint8Array;
  /** Goes into the dynamic metadata of the request, under the name of the filter. */
  readonly dynamicMetadata?: { readonly [key: string]: JsonValue };
}

export type RateLimitCode = "OK" | "OVER_LIMIT";

export interface RateLimitStatus {
  readonly code: RateLimitCode;
  readonly currentLimit?: CurrentLimit;
  /** Requests that may still come, up to 2^32 - 1. */
  readonly limitRemaining: number;
  /** When the whole limit is there again. */
  readonly durationUntilResetMs?: number;
}

export interface CurrentLimit {
  readonly name?: string;
  readonly requestsPerUnit: number;
  readonly unit: RateLimitUnit;
  /** How many units the limit is for. Default: 1. */
  readonly unitMultiplier?: number;
}

export interface RateLimitHeader {
  readonly key: string;
  readonly value: string;
}

const codes = { OK: 1, OVER_LIMIT: 2 } as const satisfies Record<RateLimitCode, number>;

const writer = new WireWriter();

/** Writes a response in wire format. */
export function encodeRateLimitResponse(response: RateLimitResponse): Uint8Array {
  const { overallCode, statuses, responseHeadersToAdd = [], requestHeadersToAdd = [], rawBody } = response;
  const metadata = response.dynamicMetadata && encodeStruct(response.dynamicMetadata);
  writer.truncate(0);
  writer.tag(1, WireType.Varint).varint(codes[overallCode]);
  for (const status of statuses) writeStatus(status);
  for (const header of responseHeadersToAdd) writeHeader(3, header);
  for (const header of requestHeadersToAdd) writeHeader(4, header);
  if (rawBody !== undefined) writer.tag(5, WireType.Bytes).bytes(rawBody);
  if (metadata !== undefined) writer.tag(6, WireType.Bytes).bytes(metadata);
  return writer.finish();
}

function writeStatus({ code, currentLimit, limitRemaining, durationUntilResetMs }: RateLimitStatus): void {
  writer.tag(2, WireType.Bytes).fork().tag(1, WireType.Varint).varint(codes[code]);
  if (currentLimit !== undefined) writeLimit(currentLimit);
  if (limitRemaining > 0) writer.tag(3, WireType.Varint).uint32(limitRemaining);
  if (durationUntilResetMs !== undefined) writeDuration(durationUntilResetMs);
  writer.join();
}

function writeLimit({ name = "", requestsPerUnit, unit, unitMultiplier = 1 }: CurrentLimit): void {
  writer.tag(2, WireType.Bytes).fork();
  if (requestsPerUnit > 0) writer.tag(1, WireType.Varint).uint32(requestsPerUnit);
  writer.tag(2, WireType.Varint).varint(unit);
  if (name !== "") writer.tag(3, WireType.Bytes).string(name);
  if (unitMultiplier !== 1) {
    writer.tag(4, WireType.Bytes).fork().tag(1, WireType.Varint).uint32(unitMultiplier).join();
  }
  writer.join();
}

function writeDuration(ms: number): void {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1e6);
  writer.tag(4, WireType.Bytes).fork();
  if (seconds > 0) writer.tag(1, WireType.Varint).varint(seconds);
  if (nanos > 0) writer.tag(2, WireType.Varint).varint(nanos);
  writer.join();
}

function writeHeader(field: number, { key, value }: RateLimitHeader): void {
  writer.tag(field, WireType.Bytes).fork().tag(1, WireType.Bytes).string(key).tag(2, WireType.Bytes).string(value);
  writer.join();
}
