import { type Json, numberIn, objectIn, objectsIn, textIn } from "../../explain/json.ts";
import { type Authored, durationIn, oneOrMore, said, unless } from "../values.ts";
import type { ServiceContext } from "./service.ts";

/** Active checks, outlier detection, and when too few are healthy. */
export function health(cluster: Json, context: ServiceContext): Authored {
  const [check, ...others] = objectsIn(cluster, "health_checks");
  const panic = objectIn(objectIn(cluster, "common_lb_config"), "healthy_panic_threshold");
  return {
    health: said({
      active: check !== undefined && others.length === 0 ? active(check, cluster, context) : undefined,
      outlier: outlier(objectIn(cluster, "outlier_detection"), context),
      panic: panic === undefined ? undefined : (numberIn(panic, "value") ?? 0),
    }),
  };
}

function active(check: Json, cluster: Json, context: ServiceContext): Authored | undefined {
  const kind = kindOf(check, context);
  if (kind === undefined) return undefined;
  return said({
    ...kind,
    interval: unless("5s", durationIn(check, "interval")),
    timeout: unless("1s", durationIn(check, "timeout")),
    healthyThreshold: unless(2, numberIn(check, "healthy_threshold")),
    unhealthyThreshold: unless(3, numberIn(check, "unhealthy_threshold")),
    port: portOf(cluster) ?? numberIn(check, "alt_port"),
  });
}

/** The port at which all endpoints are checked, if that is another one. */
function portOf(cluster: Json): number | undefined {
  const groups = objectsIn(objectIn(cluster, "load_assignment"), "endpoints");
  const endpoints = groups.flatMap((group) => objectsIn(group, "lb_endpoints"));
  const ports = endpoints.map((endpoint) =>
    numberIn(objectIn(objectIn(endpoint, "endpoint"), "health_check_config"), "port_value"),
  );
  return new Set(ports).size === 1 ? ports[0] : undefined;
}

function kindOf(check: Json, { name }: ServiceContext): Authored | undefined {
  const [http, grpc] = [objectIn(check, "http_health_check"), objectIn(check, "grpc_health_check")];
  if (http !== undefined) {
    const host = textIn(http, "host");
    return {
      http: textIn(http, "path"),
      host: host === name ? undefined : host,
      statuses: oneOrMore(objectsIn(http, "expected_statuses").map(toStatuses)),
    };
  }
  if (grpc !== undefined) {
    return { grpc: textIn(grpc, "service_name") || true, host: textIn(grpc, "authority") || undefined };
  }
  return objectIn(check, "tcp_health_check") === undefined ? undefined : { tcp: true };
}

function toStatuses(range: Json): string | number {
  const [from, to] = [numberIn(range, "start") ?? 0, (numberIn(range, "end") ?? 0) - 1];
  if (from === to) return from;
  return from % 100 === 0 && to === from + 99 ? `${from / 100}xx` : `${from}-${to}`;
}

function outlier(detection: Json | undefined, { plain }: ServiceContext): Authored | undefined {
  if (detection === undefined) return undefined;
  const enforced = numberIn(detection, "enforcing_success_rate");
  const successRate = said({
    minHosts: numberIn(detection, "success_rate_minimum_hosts"),
    requests: numberIn(detection, "success_rate_request_volume"),
    deviations: deviationsOf(detection),
  });
  const gatewayErrors = numberIn(detection, "enforcing_consecutive_gateway_failure") === 100;
  return {
    ...said({
      consecutive5xx: numberIn(detection, "consecutive_5xx"),
      consecutiveGatewayErrors: gatewayErrors ? (numberIn(detection, "consecutive_gateway_failure") ?? 5) : undefined,
      interval: durationIn(detection, "interval"),
      ejection: durationIn(detection, "base_ejection_time"),
      maxEjected: numberIn(detection, "max_ejection_percent"),
      // Envoy does this unless it is told not to, the model only where it is said.
      successRate: enforced === 0 ? undefined : (successRate ?? (plain && enforced === undefined ? undefined : {})),
    }),
  };
}

function deviationsOf(detection: Json): number | undefined {
  const thousandths = numberIn(detection, "success_rate_stdev_factor");
  return thousandths === undefined ? undefined : thousandths / 1000;
}
