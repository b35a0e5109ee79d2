/** Why Envoy answered a request itself, or ended a connection, as its access logs say it. */
export interface ResponseFlag {
  /** As in `%RESPONSE_FLAGS%`. */
  readonly flag: string;
  /** The field of `envoy.data.accesslog.v3.ResponseFlags`; undefined for what only texts have. */
  readonly field: number | undefined;
  readonly meaning: string;
  /** Whether the request got no good answer because of it. */
  readonly failure: boolean;
}

/**
 * All response flags of Envoy 1.40.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags
 */
export const responseFlags: readonly ResponseFlag[] = [
  failed(1, "LH", "the local service failed its health check"),
  failed(2, "UH", "no upstream host is healthy, or the cluster has none"),
  failed(3, "UT", "the upstream did not answer before the timeout of the route"),
  failed(4, "LR", "Envoy reset the connection"),
  failed(5, "UR", "the upstream reset the stream"),
  failed(6, "UF", "Envoy could not connect to the upstream"),
  failed(7, "UC", "the upstream closed the connection"),
  failed(8, "UO", "a circuit breaker of the cluster is open: too many connections, requests or retries"),
  failed(9, "NR", "no route, or no filter chain, matches"),
  noted(10, "DI", "the fault filter delayed it"),
  failed(11, "FI", "the fault filter aborted it"),
  failed(12, "RL", "a rate limit was reached"),
  failed(13, "UAEX", "the external authorization service denied it"),
  failed(14, "RLSE", "the rate limit service did not work"),
  noted(15, "DC", "the client closed the connection"),
  failed(16, "URX", "all retries, or attempts to connect, failed"),
  failed(17, "SI", "nothing came for as long as the stream may be idle"),
  failed(18, "IH", "a header that Envoy reads (x-envoy-…) has an invalid value"),
  failed(19, "DPE", "the client broke the HTTP protocol"),
  failed(20, "UMSDR", "the upstream took longer than a stream may last"),
  noted(21, "RFCF", "the cache filter answered"),
  failed(22, "NFCF", "a filter has no configuration yet: it was not discovered in time"),
  failed(23, "DT", "it took longer than a request or connection may last"),
  failed(24, "UPE", "the upstream broke the HTTP protocol"),
  failed(25, "NC", "the cluster of the route is not known"),
  failed(26, "OM", "the overload manager ended it"),
  failed(27, "DF", "the name of the upstream could not be resolved"),
  noted(28, "DR", "the client reset the stream"),
  failed(undefined, "DO", "the cluster drops a share of its requests because it is overloaded"),
  failed(undefined, "UDO", "the cluster drops all of its requests because it is overloaded"),
];

const byFlag: ReadonlyMap<string, ResponseFlag> = new Map(responseFlags.map((known) => [known.flag, known]));
const byField: ReadonlyMap<number, ResponseFlag> = new Map(
  responseFlags.flatMap((known) => (known.field === undefined ? [] : [[known.field, known]])),
);

/** What a flag means; a flag of another Envoy is taken for a failure. */
export function explainFlag(flag: string): ResponseFlag {
  return byFlag.get(flag) ?? { flag, field: undefined, meaning: "not a flag of Envoy 1.40", failure: true };
}

/** The flag that a field of the message stands for. */
export function flagOfField(field: number): ResponseFlag | undefined {
  return byField.get(field);
}

function failed(field: number | undefined, flag: string, meaning: string): ResponseFlag {
  return { flag, field, meaning, failure: true };
}

function noted(field: number | undefined, flag: string, meaning: string): ResponseFlag {
  return { flag, field, meaning, failure: false };
}
