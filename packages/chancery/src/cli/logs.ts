import { type LogFilterName, logFilters } from "../services/access-logs/filter.ts";
import { logMessage } from "../services/access-logs/message.ts";
import { logSummary } from "../services/access-logs/routes.ts";
import { getJson, httpOption, readHttpAddress } from "./api.ts";
import { defineCommand, type Option, UsageError } from "./command.ts";
import { showListing } from "./listing.ts";
import { toLogLine } from "./log-line.ts";

const filterOptions = Object.fromEntries(
  Object.entries(logFilters).map(([name, { value, help }]) => [name, { type: "string", value, help }]),
) as Record<LogFilterName, Option & { readonly type: "string" }>; // Object.fromEntries forgets the names

export const logsCommand = defineCommand({
  name: "logs",
  summary: "Search and follow the access logs of all Envoys",
  usage: "logs [OPTIONS]",
  description:
    "One line for each request or connection: when, on which node, what was asked for, how it ended and how long it " +
    "took, where it went, and what went wrong in words. It needs Envoys whose access logs go to the control plane.",
  examples: [
    { command: "chancery logs", what: "the last 100" },
    { command: "chancery logs -f --status 5xx", what: "errors, as they come" },
    { command: "chancery logs --service shop --min-duration 1s --since 10m", what: "what was slow" },
    { command: "chancery logs --flag 'UF,UH' --format json | jq .upstream", what: "one line of JSON each" },
  ],
  options: {
    http: httpOption,
    follow: { type: "boolean", short: "f", help: "Go on with what comes, until Ctrl-C" },
    limit: { type: "string", value: "N", help: "How many at most, the newest; 100 by default, 10 to begin with -f" },
    format: { type: "string", default: "text", value: "text|json", help: "How to write them" },
    whole: { type: "boolean", help: "With --format json: add all that Envoy said" },
    ...filterOptions,
  },
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    const { http, follow, limit, format, whole, ...filters } = values;
    const query = { ...filters, whole: whole ? "true" : undefined };
    const listing = { path: "/api/v1/logs", query, message: logMessage, toLine: toLogLine };
    if (await showListing(listing, { http, follow, limit, format }, io)) return 0;
    const summary = { path: "/api/v1/logs/summary", signal: io.signal };
    const { kept } = await getJson(readHttpAddress(http), summary, logSummary);
    io.stderr.write(`${describeNone(kept.entries)}\n`);
    return 0;
  },
});

function describeNone(kept: number): string {
  if (kept > 0) return `No entry of an access log is like that, of ${kept} that are kept`;
  return "No access log has come yet; the Envoys of a fleet with accessLog: true send theirs each second";
}
