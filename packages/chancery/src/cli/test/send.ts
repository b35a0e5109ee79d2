import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import type { Request } from "../../explain/request.ts";
import { routeHeader } from "./bootstrap.ts";
import type { Observed } from "./result.ts";

const timeoutMs = 10_000;

/** Sends a request to a port of loopback; a connection that ends without an answer is an answer too. */
export async function send(request: Request, port: number, signal: AbortSignal): Promise<Observed> {
  const timed = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return toObserved(await (request.protocol === "h2" ? sendHttp2 : sendHttp1)(request, port, timed));
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    const why = timed.aborted ? `no answer within ${timeoutMs / 1000} s` : error.message;
    return { ...nothing, why: `the connection ended without an answer: ${why}` };
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

async function sendHttp1(request: Request, port: number, signal: AbortSignal): Promise<Answer> {
  const { method, path, authority, headers, tls } = request;
  const all = ["host", authority, ...headers.flat()];
  const about = { host: "127.0.0.1", port, method, path, headers: all, setHost: false, agent: false, signal };
  const sent = tls ? httpsRequest({ ...about, ...toTls(request) }) : httpRequest(about);
  sent.end();
  // The only argument of this event.
  const [response] = (await once(sent, "response", { signal })) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headersDistinct, body: await text(response) };
}

async function sendHttp2(request: Request, port: number, signal: AbortSignal): Promise<Answer> {
  const session = connect(request, port);
  // An error of the session is one of its stream as well.
  session.on("error", () => {});
  try {
    const { method, path, authority, tls, headers } = request;
    const pseudo = { ":method": method, ":path": path, ":authority": authority, ":scheme": tls ? "https" : "http" };
    const byName = Map.groupBy(headers, ([name]) => name);
    const named = [...byName].map(([name, list]) => [name, list.map(([, value]) => value)]);
    const stream = session.request({ ...pseudo, ...Object.fromEntries(named) }, { signal });
    stream.end();
    // The first argument of this event.
    const [answer] = (await once(stream, "response", { signal })) as [Answer["headers"]];
    const { ":status": status, ...rest } = answer;
    return { status: Number(status), headers: rest, body: await text(stream) };
  } finally {
    session.destroy();
  }
}

function connect(request: Request, port: number): ClientHttp2Session {
  const url = `http${request.tls ? "s" : ""}://127.0.0.1:${port}`;
  if (!request.tls) return connectHttp2(url);
  const options = { host: "127.0.0.1", port, ...toTls(request) };
  return connectHttp2(url, { createConnection: () => connectTls(options) });
}

/** Whose certificate it is makes no difference to where requests go. */
function toTls({ sni, alpn }: Request) {
  return { rejectUnauthorized: false, ALPNProtocols: [...alpn], servername: sni };
}

const nothing: Observed = {
  service: undefined,
  status: undefined,
  route: undefined,
  location: undefined,
  path: undefined,
  host: undefined,
  headers: {},
  requestHeaders: {},
  body: undefined,
};

function toObserved({ status, headers, body }: Answer): Observed {
  const joined = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined || name.startsWith(":") ? [] : [[name, [value].flat().join(", ")]],
  );
  const { [routeHeader]: route, ...named } = Object.fromEntries(joined);
  const common = { ...nothing, status, headers: named, location: named.location };
  return { ...common, route: route === "-" || route === "" ? undefined : route, ...(readEcho(body) ?? { body }) };
}

/** What the upstream of a service says: who it is, and what it was asked. */
function readEcho(body: string): Partial<Observed> | undefined {
  const [greeting = "", , line = "", ...rest] = body.split("\n");
  const service = /^Hello from (\S+)$/.exec(greeting)?.[1];
  if (service === undefined) return undefined;
  const pairs = rest.flatMap((text): [string, string][] => {
    const at = text.indexOf(": ");
    return at < 0 ? [] : [[text.slice(0, at).toLowerCase(), text.slice(at + 2)]];
  });
  const byName = Map.groupBy(pairs, ([name]) => name);
  const requestHeaders = Object.fromEntries(
    [...byName].map(([name, list]) => [name, list.map(([, value]) => value).join(", ")]),
  );
  return { service, path: line.split(" ")[1], host: requestHeaders.host, requestHeaders };
}
