import { WireError } from "@chancery/envoy-api/wire";
import { Code, type GrpcCall, StatusError, unary } from "../grpc/index.ts";
import { AdmissionControl } from "./admission.ts";
import { type AuthorizationRequest, readAuthorizationRequest } from "./authorization-request.ts";
import { type AuthorizationResponse, encodeAuthorizationResponse } from "./authorization-response.ts";
import type { ServiceMethod } from "./node-streams.ts";

export interface AuthorizationService {
  /**
   * Decides on one request. What is thrown ends the call with an error and never as allowed; Envoy then denies, unless
   * the filter has `failure_mode_allow`. A denial that is returned holds in any case.
   */
  check(request: AuthorizationRequest, call: GrpcCall): AuthorizationResponse | Promise<AuthorizationResponse>;
}

export interface AuthorizationHandlersOptions {
  /**
   * Refuses calls when there are too many, and counts them; by default one for calls that wait for 100 ms, half of what
   * Envoy waits by default.
   */
  readonly admission?: AdmissionControl;
}

const method = "/envoy.service.auth.v3.Authorization/Check";

/**
 * The external authorization service over gRPC: `check` is asked about each request, or connection. What comes beyond what
 * can be decided is refused as UNAVAILABLE, which is never an OK.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/auth/v3/external_auth.proto
 */
export function authorizationHandlers(
  service: AuthorizationService,
  { admission = new AdmissionControl({ maxDelayMs: 100 }) }: AuthorizationHandlersOptions = {},
): readonly ServiceMethod[] {
  const open = unary((bytes, call) => {
    const answer = service.check(read(bytes), call);
    return answer instanceof Promise
      ? admission.wait(answer).then(encodeAuthorizationResponse)
      : encodeAuthorizationResponse(answer);
  });
  return [{ method, open, options: { admission } }];
}

function read(bytes: Uint8Array): AuthorizationRequest {
  try {
    return readAuthorizationRequest(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new StatusError(Code.INVALID_ARGUMENT, `malformed request: ${error.message}`, { cause: error });
  }
}
