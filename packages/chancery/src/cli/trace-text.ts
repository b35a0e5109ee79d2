import type { TraceMessage, TraceSummary } from "../services/traces/message.ts";
import { escapeControls } from "../text-safety.ts";
import { toLogLine } from "./log-line.ts";
import { formatTable } from "./table.ts";

type Span = TraceMessage["spans"][number];

/** One line for people. What it says comes from whoever sent the spans, so it is made harmless. */
export function toTraceLine(trace: TraceSummary): string {
  const { at, id, durationMs, name, services, spans, dropped = 0, error } = trace;
  const count = `${spans + dropped} ${spans + dropped === 1 ? "span" : "spans"}`;
  const parts = [at, id, toDuration(durationMs), name, services.join(", "), count, ...(error ? ["error"] : [])];
  return escapeControls(parts.join("  "));
}

/** A trace as a whole, for people: its spans as a tree beside a line of time, and its logs. */
export function toTraceText(trace: TraceMessage): string {
  const { spans, logs, dropped, ...about } = trace;
  const rows = inTree(spans).map(({ span, depth }) => [
    toDuration(Date.parse(span.at) - Date.parse(trace.at)),
    toDuration(span.durationMs),
    toBar(span, trace),
    `${"  ".repeat(Math.min(depth, maxIndent))}${span.name}`,
    span.service,
    span.kind,
    howItEnded(span),
  ]);
  const heading = ["START", "DURATION", "TIME".padEnd(barWidth), "SPAN", "SERVICE", "KIND", "STATUS"];
  const table = formatTable([heading, ...rows.map((row) => row.map(escapeControls))]);
  return [
    toTraceLine({ ...about, spans: spans.length, ...(dropped !== undefined && { dropped }) }),
    table.trimEnd(),
    ...(dropped === undefined ? [] : [`${dropped} more spans were not kept`]),
    ...logs.map(toLogLine),
  ].join("\n");
}

interface Placed {
  readonly span: Span;
  readonly depth: number;
}

/** Each span after the one that it is a part of. Those whose parent is not there, or is a part of them, begin anew. */
function inTree(spans: readonly Span[]): readonly Placed[] {
  const ids = new Set(spans.map(({ id }) => id));
  const children = Map.groupBy(spans, ({ parent }) => (parent !== undefined && ids.has(parent) ? parent : ""));
  const placed = new Map<Span, Placed>();
  const place = (roots: readonly Span[]) => {
    const waiting: Placed[] = roots.map((span) => ({ span, depth: 0 })).reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { span, depth } = next;
      if (placed.has(span)) continue;
      placed.set(span, next);
      for (const child of (children.get(span.id) ?? []).toReversed()) waiting.push({ span: child, depth: depth + 1 });
    }
  };
  place(children.get("") ?? []);
  place(spans);
  return [...placed.values()];
}

const barWidth = 20;
const maxIndent = 20;

/** When it was within its trace. */
function toBar(span: Span, trace: TraceMessage): string {
  const whole = Math.max(trace.durationMs, 1e-6);
  const at = (ms: number) => Math.min(barWidth, Math.max(0, Math.round((ms / whole) * barWidth)));
  const startMs = Date.parse(span.at) - Date.parse(trace.at);
  const from = Math.min(at(startMs), barWidth - 1);
  const to = Math.max(from + 1, at(startMs + span.durationMs));
  return `${".".repeat(from)}${"=".repeat(to - from)}${".".repeat(barWidth - to)}`;
}

function howItEnded({ status, statusMessage, attributes }: Span): string {
  const code = attributes["http.response.status_code"] ?? attributes["http.status_code"];
  const isError = status === "error" || attributes.error === "true" || attributes.error === true;
  const parts = [isError ? "error" : status === "ok" ? "ok" : "", typeof code === "object" ? "" : (code ?? "")];
  return [...parts, statusMessage ?? ""].filter((part) => part !== "").join(" ");
}

function toDuration(ms: number): string {
  return `${Math.round(ms * 10) / 10} ms`;
}
