import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { http } from "../../../lazy.ts";
import { openConnection, type ProbeOptions } from "./connect.ts";

export interface HttpProbeOptions extends ProbeOptions {
  readonly path: string;
}

/** The status of an answer over HTTP/1.1. Rejects if there is none. */
export async function probeHttp1(options: HttpProbeOptions): Promise<number> {
  const { host, path, signal } = options;
  const socket = await openConnection(options, "http/1.1");
  try {
    const headers = { host, "user-agent": "chancery/health", connection: "close" };
    const asked = http().request({ path, headers, signal, createConnection: () => socket });
    // Said by what is waited for; later it says nothing new.
    asked.on("error", () => {});
    asked.end();
    const [response]: IncomingMessage[] = await once(asked, "response", { signal });
    response?.resume();
    return response?.statusCode ?? 0;
  } finally {
    socket.destroy();
  }
}

/** The same over HTTP/2, with or without TLS. */
export function probeHttp2(options: HttpProbeOptions): Promise<number> {
  const { path, signal, tls, host } = options;
  return withSession(options, async (session) => {
    const scheme = tls === undefined ? "http" : "https";
    const stream = session.request({ ":path": path, ":authority": host, ":scheme": scheme }, { signal });
    stream.on("error", () => {});
    const [headers]: IncomingHttpHeaders[] = await once(stream, "response", { signal });
    return Number(headers?.[":status"]);
  });
}

/** Opens a session of HTTP/2 for one use. */
export async function withSession<T>(
  options: ProbeOptions,
  use: (session: ClientHttp2Session) => Promise<T>,
): Promise<T> {
  const { host, tls } = options;
  const socket = await openConnection(options, "h2");
  const session = connect(`${tls === undefined ? "http" : "https"}://${host}`, { createConnection: () => socket });
  session.on("error", () => {});
  const failed = once(session, "close").then(() => {
    throw new Error("connection closed");
  });
  try {
    return await Promise.race([use(session), failed]);
  } finally {
    failed.catch(() => {});
    session.destroy();
    socket.destroy();
  }
}
