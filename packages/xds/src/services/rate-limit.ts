import { WireError } from "@chancery/envoy-api/wire";
import { Code, type GrpcCall, StatusError, unary } from "../grpc/index.ts";
import { AdmissionControl } from "./admission.ts";
import type { ServiceMethod } from "./node-streams.ts";
import { type RateLimitRequest, readRateLimitRequest } from "./rate-limit-request.ts";
import { encodeRateLimitResponse, type RateLimitResponse } from "./rate-limit-response.ts";

export interface RateLimitService {
  /**
   * Decides on one request. A `StatusError` that is thrown is the status of the call; Envoy then lets the request
   * through, unless `failure_mode_deny` is set.
   */
  shouldRateLimit(request: RateLimitRequest, call: GrpcCall): RateLimitResponse | Promise<RateLimitResponse>;
}

export interface RateLimitHandlersOptions {
  /**
   * Refuses calls when there are too many, and counts them; by default one for calls that wait for 10 ms, half of what
   * Envoy waits by default.
   */
  readonly admission?: AdmissionControl;
}

const method = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";

/**
 * The rate limit service over gRPC: `shouldRateLimit` is asked about each request. One without a domain or without
 * descriptors is refused before that, as the API demands it. What comes beyond what can be decided is refused as
 * UNAVAILABLE.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ratelimit/v3/rls.proto
 */
export function rateLimitHandlers(
  service: RateLimitService,
  { admission = new AdmissionControl({ maxDelayMs: 10 }) }: RateLimitHandlersOptions = {},
): readonly ServiceMethod[] {
  const open = unary((bytes, call) => {
    const answer = service.shouldRateLimit(read(bytes), call);
    return answer instanceof Promise
      ? admission.wait(answer).then(encodeRateLimitResponse)
      : encodeRateLimitResponse(answer);
  });
  return [{ method, open, options: { admission } }];
}

function read(bytes: Uint8Array): RateLimitRequest {
  try {
    const request = readRateLimitRequest(bytes);
    checkRateLimitRequest(request);
    return request;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new StatusError(Code.INVALID_ARGUMENT, `malformed request: ${error.message}`, { cause: error });
  }
}

/** Throws a `StatusError` that says what a request lacks. */
export function checkRateLimitRequest({ domain, descriptors }: RateLimitRequest): void {
  if (domain === "") throw new StatusError(Code.INVALID_ARGUMENT, "the domain of a rate limit request is empty");
  if (descriptors.length > 0) return;
  throw new StatusError(Code.INVALID_ARGUMENT, `the rate limit request of domain "${domain}" has no descriptors`);
}
