/**
 * How Envoy sends a body. With `full-duplex` what comes back need not be as many pieces as were sent, nor at the same time.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/ext_proc/v3/processing_mode.proto
 */
export type BodyMode = (typeof bodyModes)[number];

/** By the number of `ProcessingMode.BodySendMode`; `grpc` after these is not implemented. */
export const bodyModes = ["none", "streamed", "buffered", "buffered-partial", "full-duplex"] as const;
