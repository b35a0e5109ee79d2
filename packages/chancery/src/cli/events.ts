import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { type Address, formatAddress } from "../address.ts";
import { type EventMessage, eventKinds, eventMessage } from "../admin/event.ts";
import { ChanceryError, isSystemError } from "../errors.ts";
import { escapeControls } from "../text-safety.ts";
import { type ApiRequest, callApi, httpOption, notChancery, readHttpAddress } from "./api.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { readServerSentEvents, type ServerSentEvent } from "./server-sent-events.ts";

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
    const address = readHttpAddress(http);
    const write = (event: ServerSentEvent) => writeLine(io, format === "json" ? event.data : toText(event));
    const say = (line: string) => io.stderr.write(`${line}\n`);
    try {
      await follow(address, { path: "/api/v1/events", query: { node, kind }, signal: io.signal }, { write, say });
    } catch (error) {
      if (!io.signal.aborted) throw error;
    }
    return 0;
  },
});

interface Follower {
  /** Resolves with false when nobody reads any more. */
  write(event: ServerSentEvent): Promise<boolean>;
  say(line: string): void;
}

/** Hands over events until nobody reads them. A control plane that was reached once is waited for when it is gone. */
async function follow(address: Address, request: ApiRequest, { write, say }: Follower): Promise<void> {
  const name = formatAddress(address);
  let response = await callApi(address, request);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    throw notChancery(address, `its answer to ${request.path} is no stream of events`);
  }
  for (;;) {
    say(`Following the control plane at "${name}"; Ctrl-C ends`);
    try {
      for await (const event of readServerSentEvents(bodyOf(response))) if (!(await write(event))) return;
    } catch (error) {
      // What fetch says when a connection breaks.
      if (!(error instanceof TypeError) || request.signal.aborted) throw error;
    }
    say(`The control plane at "${name}" is gone; trying to reach it again`);
    response = await callAgain(address, request);
  }
}

async function* bodyOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body;
}

async function callAgain(address: Address, request: ApiRequest): Promise<Response> {
  const { signal } = request;
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    await setTimeout(delayMs, undefined, { signal });
    try {
      return await callApi(address, request);
    } catch (error) {
      if (!(error instanceof ChanceryError)) throw error;
    }
  }
}

async function writeLine({ stdout, signal }: Io, line: string): Promise<boolean> {
  try {
    if (!stdout.write(`${line}\n`)) await once(stdout, "drain", { signal });
    return !stdout.destroyed;
  } catch (error) {
    // A reader such as `head` may close the pipe early, which is its right.
    if (isSystemError(error) && error.code === "EPIPE") return false;
    throw error;
  }
}

/** One line for people: when, what, who, and the details. */
function toText({ event, data }: ServerSentEvent): string {
  const content: unknown = JSON.parse(data);
  const parsed = eventMessage.safeParse(content);
  if (!parsed.success) return escapeControls(`${event} ${data}`);
  const { at, kind, client } = parsed.data;
  return escapeControls([at, kind.padEnd(5), client.node.id, describe(parsed.data)].join("  "));
}

function describe({ client, type, version, size, error }: EventMessage): string {
  if (type === undefined) return client.method;
  const what = version === undefined ? type : `${type} version "${version}"`;
  if (error !== undefined) return `${what}: ${error.message}`;
  return size === undefined ? what : `${what}, ${size} bytes`;
}
