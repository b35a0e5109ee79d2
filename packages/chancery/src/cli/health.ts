import { type EndpointHealth, type HealthReport, healthReport, type ServiceHealth } from "../services/health/api.ts";
import { escapeControls } from "../text-safety.ts";
import { getJson, httpOption, readHttpAddress } from "./api.ts";
import { defineCommand, UsageError } from "./command.ts";
import { formatTable } from "./table.ts";

export const healthCommand = defineCommand({
  name: "health",
  summary: "Show which endpoints are healthy, and who says so",
  usage: "health [OPTIONS] [SERVICE]",
  description:
    "Of services that are checked for all Envoys: health.active.by is fleet or control-plane. SERVICE is a name in which\n" +
    "* stands for anything.",
  examples: [
    { command: "chancery health", what: "all endpoints" },
    { command: "chancery health --unhealthy", what: "those that are taken out" },
    { command: "chancery health 'shop*' --format json", what: "what each checker says" },
  ],
  options: {
    http: httpOption,
    unhealthy: { type: "boolean", help: "Only endpoints that are unhealthy, or that checkers find to be so" },
    format: { type: "string", default: "table", value: "table|json", help: "How to write it" },
  },
  async run({ values, positionals }, io) {
    const [service, more] = positionals;
    if (more !== undefined) throw new UsageError(`Unknown argument "${more}"`);
    const { http, unhealthy, format } = values;
    if (format !== "table" && format !== "json") {
      throw new UsageError(`Cannot write format "${format}": it would have to be table or json`);
    }
    const query = { service, only: unhealthy ? "unhealthy" : undefined };
    const report = await getJson(
      readHttpAddress(http),
      { path: "/api/v1/health", query, signal: io.signal },
      healthReport,
    );
    io.stdout.write(format === "json" ? `${JSON.stringify(report, undefined, 2)}\n` : formatHealth(report, Date.now()));
    return 0;
  },
});

/** The table of endpoints, below what is out of the ordinary; a message if there are none. */
export function formatHealth({ frozen, services }: HealthReport, nowMs: number): string {
  const warnings = frozen.map((by) => `FROZEN: too many checks by ${by} fail at once; no endpoint is taken out\n`);
  const rows = services.flatMap((service) => service.endpoints.map((endpoint) => toRow(service, endpoint, nowMs)));
  const none = "No endpoint to show; those of services with health.active.by: fleet or control-plane are\n";
  return `${warnings.join("")}${rows.length === 0 ? none : formatTable([headings, ...rows])}`;
}

const headings = ["SERVICE", "ENDPOINT", "VERDICT", "SINCE", "BY", "HEALTHY", "WHY"];

function toRow({ service, by }: ServiceHealth, endpoint: EndpointHealth, nowMs: number): string[] {
  const { address, verdict, since, held, checkers, healthy } = endpoint;
  return [
    ...[service, address, held === undefined ? verdict : `${verdict} (${held})`],
    ...[formatAge(nowMs - Date.parse(since)), by, `${healthy} of ${checkers}`],
    toReason(endpoint),
  ];
}

function toReason({ checkers, votes }: EndpointHealth): string {
  if (checkers === 0) return "nobody checks it now";
  const failed = votes.filter((vote) => !vote.healthy);
  // Envoys tell of timeouts and of nothing else.
  const reasons = new Set(failed.map(({ reason }) => reason || "its check fails"));
  return [...reasons].map(escapeControls).join(", ") || "-";
}

function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
  return `${Math.floor(seconds / 3_600)}h${Math.floor((seconds % 3_600) / 60)}m`;
}
