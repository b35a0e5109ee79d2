import type { Transport } from "../../packages/chancery/src/bootstrap/bootstrap.ts";

/** Every way to get configuration over gRPC. */
export const grpcTransports: readonly Transport[] = ["ads", "ads-delta", "per-type", "per-type-delta"];
