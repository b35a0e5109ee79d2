import { traceMessage, traceSummary } from "../services/traces/message.ts";
import { escapeJsonLines } from "../text-safety.ts";
import { getJson, httpOption, readHttpAddress } from "./api.ts";
import { defineCommand, UsageError } from "./command.ts";
import { writeLine } from "./follow.ts";
import { showListing } from "./listing.ts";
import { oneOf } from "./one-of.ts";
import { toTraceLine, toTraceText } from "./trace-text.ts";

export const tracesCommand = defineCommand({
  name: "traces",
  summary: "List, follow and show the last traces, each with its access logs",
  usage: "traces [OPTIONS] [ID]",
  description:
    "One line for each trace: when it began, its id, how long it took, the name of its first span, the services that took " +
    "part, and how many spans there are. With an id, that trace as a whole: its spans as a tree, and the access logs that " +
    "belong to it. It needs Envoys that send their spans to the control plane.",
  examples: [
    { command: "chancery traces", what: "the last 100" },
    { command: "chancery traces -f --error", what: "those with an error, as they come" },
    { command: "chancery traces --service shop --min-duration 1s", what: "what was slow" },
    { command: "chancery traces 0af7651916cd43dd8448eb211c80319c", what: "one of them, with its logs" },
  ],
  options: {
    http: httpOption,
    follow: { type: "boolean", short: "f", help: "Go on with what comes, until Ctrl-C" },
    limit: { type: "string", value: "N", help: "How many at most, the newest; 100 by default, 10 to begin with -f" },
    service: { type: "string", value: "GLOB", help: "Only with a span of such a service; * stands for any characters" },
    name: { type: "string", value: "GLOB", help: "Only those whose first span has such a name" },
    "min-duration": { type: "string", value: "DURATION", help: "Only those that took that long, such as 250ms" },
    error: { type: "boolean", help: "Only those with an error" },
    format: { type: "string", default: "text", value: "text|json", help: "How to write them" },
  },
  async run({ values, positionals }, io) {
    const [id, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`Unknown argument "${rest[0]}"`);
    const { http, follow, limit, error, format, ...filters } = values;
    if (id !== undefined) {
      if (follow) throw new UsageError("Cannot follow one trace: leave out -f, or the id");
      const asJson = oneOf("format", format, ["text", "json"]) === "json";
      const request = { path: `/api/v1/traces/${encodeURIComponent(id)}`, signal: io.signal };
      const trace = await getJson(readHttpAddress(http), request, traceMessage);
      await writeLine(io, asJson ? escapeJsonLines(JSON.stringify(trace)) : toTraceText(trace));
      return 0;
    }
    const query = { ...filters, error: error ? "true" : undefined };
    const listing = { path: "/api/v1/traces", query, message: traceSummary, toLine: toTraceLine, newestFirst: true };
    if (!(await showListing(listing, { http, follow, limit, format }, io))) io.stderr.write("No trace is like that\n");
    return 0;
  },
});
