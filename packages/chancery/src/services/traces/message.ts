import type { Attributes, OtlpSpan } from "@chancery/xds/services";
import { z } from "zod";
import { record } from "../../model/record.ts";
import { logMessage } from "../access-logs/message.ts";
import { toTimeText } from "../time-text.ts";
import type { Trace } from "./traces.ts";

const spanMessage = z.object({
  id: z.string(),
  parent: z.string().optional().describe("The span that it is a part of"),
  name: z.string(),
  kind: z.string(),
  service: z.string().describe("`service.name` of who sent it"),
  at: z.iso.datetime(),
  durationMs: z.number(),
  status: z.enum(["unset", "ok", "error"]),
  statusMessage: z.string().optional(),
  attributes: record(z.string(), z.unknown()),
  events: z
    .array(z.object({ at: z.iso.datetime(), name: z.string(), attributes: record(z.string(), z.unknown()) }))
    .optional(),
});

/** What a list says of a trace. */
export const traceSummary = z.object({
  id: z.string().describe("32 hexadecimal digits"),
  name: z.string().describe("The name of its first span"),
  services: z.array(z.string()).describe("`service.name` of all who took part"),
  at: z.iso.datetime(),
  durationMs: z.number().describe("From the start of its first span to the end of its last"),
  spans: z.int(),
  dropped: z.int().optional().describe("Spans that were not kept, as there are too many"),
  error: z.boolean().describe("Whether a span of it ended as an error"),
});

/** A trace as a whole. */
export const traceMessage = traceSummary.omit({ spans: true }).extend({
  spans: z.array(spanMessage).describe("By their start"),
  logs: z.array(logMessage).describe("The entries of access logs that belong to it, by trace id or request id"),
});

export type TraceSummary = z.infer<typeof traceSummary>;
export type TraceMessage = z.infer<typeof traceMessage>;

/** What there is of a trace, in short. */
export function toTraceSummary({ id, spans, dropped }: Trace): TraceSummary {
  const byStart = spans.toSorted((a, b) => a.startMs - b.startMs);
  const startMs = byStart[0]?.startMs ?? 0;
  const endMs = spans.reduce((end, span) => Math.max(end, span.startMs + span.durationMs), startMs);
  const root = byStart.find(({ parentId }) => parentId === "") ?? byStart[0];
  return {
    id,
    name: root?.name ?? "",
    services: [...new Set(byStart.map(serviceOf))],
    at: toTimeText(startMs),
    durationMs: endMs - startMs,
    spans: spans.length,
    ...(dropped > 0 && { dropped }),
    error: spans.some(isError),
  };
}

/** All there is of a trace but its logs. */
export function toTraceMessage(trace: Trace): Omit<TraceMessage, "logs"> {
  const spans = trace.spans.toSorted((a, b) => a.startMs - b.startMs).map(toSpanMessage);
  return { ...toTraceSummary(trace), spans };
}

/** The ids of the requests that a trace is about: Envoy puts them into its spans. */
export function requestIdsOf({ spans }: Trace): ReadonlySet<string> {
  return new Set(spans.map(({ attributes }) => text(attributes, "guid:x-request-id")).filter((id) => id !== ""));
}

/** Whether a span ended as an error, by its status or by what Envoy says. */
export function isError({ status, attributes }: OtlpSpan): boolean {
  return status === "error" || text(attributes, "error") === "true";
}

function toSpanMessage(span: OtlpSpan): z.infer<typeof spanMessage> {
  const { spanId, parentId, name, kind, startMs, durationMs, status, statusMessage, attributes, events } = span;
  return {
    id: spanId,
    ...(parentId !== "" && { parent: parentId }),
    ...{ name, kind, service: serviceOf(span), at: toTimeText(startMs), durationMs, status },
    ...(statusMessage !== "" && { statusMessage }),
    attributes,
    ...(events.length > 0 && {
      events: events.map(({ timeMs, name, attributes }) => ({ at: toTimeText(timeMs), name, attributes })),
    }),
  };
}

function serviceOf({ resource }: OtlpSpan): string {
  return text(resource, "service.name");
}

function text(attributes: Attributes, name: string): string {
  const value = attributes[name];
  return typeof value === "string" || typeof value === "boolean" ? String(value) : "";
}
