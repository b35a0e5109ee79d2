import type { Materials } from "../../../translate/draft.ts";
import type { CheckedEndpoint, Target } from "../target.ts";
import { probeGrpc } from "./grpc.ts";
import { probeHttp1, probeHttp2 } from "./http.ts";
import { probeTcp } from "./tcp.ts";
import { tlsOptionsOf } from "./tls-options.ts";

export type ProbeResult = { readonly ok: true } | Failure;

/** Why an endpoint did not pass, such as `HTTP 503`, `connection refused` or `timeout`. */
export interface Failure {
  readonly ok: false;
  readonly reason: string;
}

/** Asks an endpoint once, as its service says. Never rejects: what goes wrong is the result. */
export async function probe(
  target: Target,
  { endpoint, materials }: { readonly endpoint: CheckedEndpoint; readonly materials: Materials },
): Promise<ProbeResult> {
  const { check, item } = target;
  const { at } = endpoint;
  const host = check.host ?? target.service;
  // What takes longer is ended with its connection.
  const signal = AbortSignal.timeout(check.timeout);
  const options = { at, host, signal, tls: tlsOptionsOf(item.value, { endpoint, materials }) };
  try {
    if (check.tcp !== undefined) return await probeTcp(options);
    if (check.grpc !== undefined) return await probeGrpc({ ...options, service: check.grpc });
    const { protocol } = item.value;
    const probeHttp = protocol === "http2" || protocol === "grpc" ? probeHttp2 : probeHttp1;
    const { http: path = "/", statuses = [{ from: 200, to: 200 }] } = check;
    const status = await probeHttp({ ...options, path });
    if (statuses.some(({ from, to }) => status >= from && status <= to)) return { ok: true };
    return { ok: false, reason: `HTTP ${status}` };
  } catch (error) {
    return { ok: false, reason: signal.aborted ? "timeout" : toReason(error) };
  }
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "host unreachable",
  ENETUNREACH: "network unreachable",
  ENOENT: "no such socket",
  ETIMEDOUT: "timeout",
};

function toReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return reasons[code] ?? error.message;
}
