/** The services beside xDS that Envoys call: each a list of methods for `GrpcServer.handle`. */
export type { Node } from "../discovery/node.ts";
export {
  type AccessLogHandlers,
  type AccessLogOptions,
  type AccessLogStats,
  type AccessLogStream,
  accessLogHandlers,
} from "./access-log.ts";
export { AccessLogEntry, type TlsProperties } from "./access-log-entry.ts";
export { AdmissionControl, type AdmissionOptions, type AdmissionStats } from "./admission.ts";
export {
  type AuthorizationHandlersOptions,
  type AuthorizationService,
  authorizationHandlers,
} from "./authorization.ts";
export {
  type AuthorizationHttpRequest,
  type AuthorizationPeer,
  type AuthorizationRequest,
  readAuthorizationRequest,
} from "./authorization-request.ts";
export {
  type AuthorizationAllowed,
  type AuthorizationDenied,
  type AuthorizationResponse,
  encodeAuthorizationResponse,
  type QueryParameter,
} from "./authorization-response.ts";
export type { BodyMode } from "./body-mode.ts";
export { type BucketId, bucketKey } from "./bucket-id.ts";
export {
  type EventReportingHandlers,
  type EventReportingOptions,
  type EventReportingStats,
  eventReportingHandlers,
} from "./event-reporting.ts";
export {
  type ExternalProcessorOptions,
  externalProcessorHandlers,
  type RequestProcessor,
} from "./external-processor.ts";
export { type GrpcHealthOptions, grpcHealthHandlers } from "./grpc-health.ts";
export {
  type CheckProtocol,
  type HealthChecker,
  type HealthCheckSpecifier,
  type HealthDiscoveryOptions,
  healthDiscoveryHandlers,
} from "./hds.ts";
export type { HeaderAction, HeaderChange } from "./header-change.ts";
export type { Header } from "./headers.ts";
export type { ClusterHealth, EndpointHealth, EndpointStatus } from "./health-report.ts";
export type { IntakeOptions, IntakeStats } from "./intake.ts";
export type { ClusterLoad, EndpointLoad, Load, LoadMetric, LocalityLoad } from "./load-report.ts";
export { type LrsOptions, lrsHandlers } from "./lrs.ts";
export { MessageView } from "./message-view.ts";
export { type Distribution, type Label, type MetricType, MetricView, readMetrics } from "./metric-view.ts";
export { type MetricsListener, type MetricsServiceOptions, metricsServiceHandlers } from "./metrics-service.ts";
export {
  type NodeStream,
  type NodeStreamOptions,
  type NodeStreamStats,
  NodeStreams,
  type ServiceMethod,
} from "./node-streams.ts";
export { type Attributes, type OtlpLogRecord, type OtlpSpan, readLogRecord, type SpanKind } from "./otlp.ts";
export { type OtlpHandlers, type OtlpOptions, type OtlpStats, otlpHandlers } from "./otlp-handlers.ts";
export { BodyMessage, HeadersMessage, TrailersMessage } from "./processing-message.ts";
export type {
  BodyChange,
  Chunks,
  HeadersChange,
  HeldHeaders,
  Immediate,
  ImmediateResponse,
  Leave,
  ModeChange,
  ProcessingResult,
  SendMode,
  TrailersChange,
} from "./processing-result.ts";
export {
  encodeQuotaActions,
  type QuotaAbandonment,
  type QuotaAction,
  type QuotaAssignment,
  type QuotaStrategy,
  type QuotaTokens,
} from "./quota-action.ts";
export {
  type QuotaBucket,
  QuotaLedger,
  type QuotaLedgerOptions,
  type QuotaLimit,
  type QuotaNews,
  type QuotaPeriod,
  type QuotaRule,
  type QuotaShare,
} from "./quota-ledger.ts";
export { splitQuota } from "./quota-shares.ts";
export { QuotaSharing, type QuotaSharingOptions } from "./quota-sharing.ts";
export type { BucketUsage } from "./quota-usage.ts";
export {
  checkRateLimitRequest,
  type RateLimitHandlersOptions,
  type RateLimitService,
  rateLimitHandlers,
} from "./rate-limit.ts";
export {
  type RateLimitDescriptor,
  type RateLimitEntry,
  type RateLimitOverride,
  type RateLimitRequest,
  RateLimitUnit,
  readRateLimitRequest,
} from "./rate-limit-request.ts";
export {
  type CurrentLimit,
  encodeRateLimitResponse,
  type RateLimitCode,
  type RateLimitHeader,
  type RateLimitResponse,
  type RateLimitStatus,
} from "./rate-limit-response.ts";
export { redactedHeaders, redactHeaders } from "./redacted-headers.ts";
export type { HealthCheckEvent, OutlierDetectionEvent, ReportedEvent } from "./reported-event.ts";
export { explainFlag, type ResponseFlag, responseFlags } from "./response-flags.ts";
export {
  type QuotaStream,
  type RateLimitQuotaOptions,
  type ReportedUsage,
  rateLimitQuotaHandlers,
} from "./rlqs.ts";
export type { TapJoinerOptions } from "./tap-joiner.ts";
export {
  type TapSinkHandlers,
  type TapSinkOptions,
  type TapSinkStats,
  type TapStream,
  tapSinkHandlers,
} from "./tap-sink.ts";
export type {
  HttpTap,
  SocketTap,
  SocketTapEvent,
  TapBody,
  TapConnection,
  TapMessage,
  TapTrace,
  TapTraceEnd,
} from "./tap-trace.ts";
