import type { LogMessage } from "../services/access-logs/message.ts";
import { escapeControls } from "../text-safety.ts";

/** One line for people. What it says comes from whoever sent the request, so it is made harmless. */
export function toLogLine(message: LogMessage): string {
  const { at, node, flags = [], upstream = {}, downstream = {}, durationMs, intermediate } = message;
  const parts = [
    at,
    node.id || "-",
    what(message),
    ...(durationMs === undefined ? [] : [`${Math.round(durationMs * 10) / 10} ms`]),
    [message.route, upstream.cluster, upstream.host].filter(Boolean).join(" → "),
    ...flags.map(({ flag, meaning }) => `${flag}: ${meaning}`),
    ...[upstream.failure, downstream.failure, downstream.termination].filter((text) => text !== undefined),
    ...(intermediate ? [`(${message.type ?? "goes on"})`] : []),
  ];
  return escapeControls(parts.filter((part) => part !== "").join("  "));
}

function what({ kind, method, scheme, authority, path, status, bytes, downstream, body }: LogMessage): string {
  if (method === undefined && path === undefined) {
    if (kind === "otel") return typeof body === "string" ? body.trimEnd() : JSON.stringify(body ?? {});
    const { received = 0, sent = 0 } = bytes ?? {};
    return `${kind} ${downstream?.address ?? ""} ${received} bytes in, ${sent} out`;
  }
  const origin = authority === undefined ? "" : `${scheme ?? "http"}://${authority}`;
  return `${method ?? "-"} ${origin}${path ?? ""} ${status ?? "-"}`;
}
