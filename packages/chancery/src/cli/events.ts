import { type EventMessage, eventKinds, eventMessage } from "../admin/event.ts";
import { fleetOfLayers } from "../fleets/groups.ts";
import { escapeControls } from "../text-safety.ts";
import { httpOption, readHttpAddress } from "./api.ts";
import { defineCommand, UsageError } from "./command.ts";
import { follow } from "./follow.ts";
import type { ServerSentEvent } from "./server-sent-events.ts";

export const eventsCommand = defineCommand({
  name: "events",
  summary: "Follow what happens to clients: who comes, what is sent, taken and refused",
  usage: "events [OPTIONS]",
  description:
    "Goes on until Ctrl-C. When the control plane goes away it tries to reach it again; what happened meanwhile is " +
    "not seen.",
  examples: [
    { command: "chancery events", what: "everything" },
    { command: "chancery events --kind nack,close --node 'edge-*'", what: "only some of it" },
    { command: "chancery events --format json | jq .error.message", what: "one line of JSON each" },
  ],
  options: {
    http: httpOption,
    node: { type: "string", value: "GLOB", help: "Only of nodes with such an id; * stands for any characters" },
    kind: { type: "string", value: "KIND,…", help: `Only these: ${Object.keys(eventKinds).join(", ")}` },
    format: { type: "string", default: "text", value: "text|json", help: "How to write them" },
  },
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    const { http, node, kind, format } = values;
    if (format !== "text" && format !== "json") {
      throw new UsageError(`Cannot write format "${format}": it would have to be text or json`);
    }
    const request = { path: "/api/v1/events", query: { node, kind }, signal: io.signal };
    const toLine = (event: ServerSentEvent) => (format === "json" ? event.data : toText(event));
    await follow(readHttpAddress(http), request, { io, toLine });
    return 0;
  },
});

/** One line for people: when, what, who, and the details. */
function toText({ event, data }: ServerSentEvent): string {
  const content: unknown = JSON.parse(data);
  const parsed = eventMessage.safeParse(content);
  if (!parsed.success) return escapeControls(`${event} ${data}`);
  const { at, kind, client } = parsed.data;
  return escapeControls([at, kind.padEnd(5), client.node.id, describe(parsed.data)].join("  "));
}

function describe({ kind, client, type, version, size, error }: EventMessage): string {
  if (type === undefined) return `${client.method}${kind === "open" ? fleetIn(client.group) : ""}`;
  const what = version === undefined ? type : `${type} version "${version}"`;
  if (error !== undefined) return `${what}: ${error.message}`;
  return size === undefined ? what : `${what}, ${size} bytes`;
}

function fleetIn(group: string): string {
  const fleet = fleetOfLayers(group);
  return fleet === undefined ? "" : fleet === "none" ? ", of no fleet" : `, of fleet "${fleet.name}"`;
}
