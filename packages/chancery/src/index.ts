export type { Address } from "./address.ts";
export { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "./control-plane.ts";
export { ChanceryError } from "./errors.ts";
export { createLogger, type LogFormat, type Logger, type LogLevel, type LogOptions } from "./logs.ts";
export { type Config, defineConfig } from "./model/kinds.ts";
export type { RateLimitOptions } from "./services/rate-limit/service.ts";
