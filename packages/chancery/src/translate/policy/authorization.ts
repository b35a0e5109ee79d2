import type { GrpcServiceJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/grpc_service_pb.js";
import type {
  BufferSettingsJson,
  ExtAuthzPerRouteJson,
} from "@chancery/envoy-api/gen/envoy/extensions/filters/http/ext_authz/v3/ext_authz_pb.js";
import { controlPlaneCluster } from "../../bootstrap/bootstrap.ts";
import type { Item } from "../../model/model.ts";
import { type Authorization, defaultTimeoutMs } from "../../model/policy.ts";
import { toDuration, typed } from "../json.ts";
import { type PolicyFilter, type PolicySection, turnedOff } from "./section.ts";

/** Asks the control plane whether a request may pass. What happens without an answer is a matter of the filter. */
export const authorization: PolicySection = {
  filters: [toFilter("envoy.filters.http.ext_authz", "deny"), toFilter("chancery.authorization.lenient", "allow")],
};

function toFilter(name: string, onFailure: "deny" | "allow"): PolicyFilter {
  return {
    name,
    config: typed("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz", {
      transportApiVersion: "V3",
      grpcService: toService(defaultTimeoutMs),
      failureModeAllow: onFailure === "allow",
      statusOnError: { code: "ServiceUnavailable" },
      // A header that came twice arrives as two, and bytes that are no UTF-8 as they are.
      encodeRawHeaders: true,
      // The name that the client asked for; who it has shown to be is told anyway, without the whole of its certificate.
      includeTlsSession: true,
    }),
    say(policies) {
      const said = closest(policies);
      if (said === undefined) return undefined;
      // Something wider may have turned on the other filter.
      return said.policy !== undefined && said.onFailure === onFailure ? toPerRoute(said) : turnedOff;
    },
  };
}

/** Of several policies the closest to the request decides. */
function closest(policies: readonly Item<"policies">[]): Authorization | undefined {
  return policies.findLast(({ value }) => value.authorization !== undefined)?.value.authorization;
}

function toPerRoute({ policy, body, timeout }: Extract<Authorization, { policy: string }>) {
  const fields: ExtAuthzPerRouteJson = {
    checkSettings: {
      contextExtensions: { policy },
      ...(body && { withRequestBody: toBuffer(body) }),
      // Else it is as the filter has it.
      ...(timeout !== defaultTimeoutMs && { grpcService: toService(timeout) }),
    },
  };
  return typed("envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", fields);
}

function toService(timeoutMs: number): GrpcServiceJson {
  return { envoyGrpc: { clusterName: controlPlaneCluster }, timeout: toDuration(timeoutMs) };
}

function toBuffer({ maxBytes, partial }: { maxBytes: number; partial: boolean }): BufferSettingsJson {
  // As bytes, what is no UTF-8 arrives as it was.
  return { maxRequestBytes: maxBytes, allowPartialMessage: partial, packAsBytes: true };
}
