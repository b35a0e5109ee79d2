import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from "node:http";
import { request as tlsRequest } from "node:https";
import { text } from "node:stream/consumers";
import type { ConnectionOptions } from "node:tls";

/** What came of one request. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The upstream that answered, or the status. */
  readonly by: string;
  /** What an upstream was asked, such as `GET /path HTTP/1.1`. */
  readonly asked: string;
  /** A header that an upstream got; several values joined. */
  got(header: string): string | undefined;
}

export interface AskOptions {
  readonly host?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Speaks TLS, with these options. */
  readonly tls?: ConnectionOptions;
}

/** Sends a request to a port of 127.0.0.1, on a connection of its own. */
export async function send(port: number, path: string, options: AskOptions = {}): Promise<Answer> {
  const { host = "shop.example.com", method = "GET", headers = {}, tls } = options;
  const about: RequestOptions = { host: "127.0.0.1", port, path, method, agent: false, timeout: 10_000 };
  const all = { ...about, headers: { host, ...headers } };
  const secure = { rejectUnauthorized: false, servername: host, ...tls };
  const sent = tls === undefined ? request(all) : tlsRequest({ ...all, ...secure } as RequestOptions);
  sent.on("timeout", () => sent.destroy(new Error("no answer within 10 s")));
  sent.end();
  // The only argument of this event.
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return toAnswer(response.statusCode ?? 0, response.headers, await text(response));
}

/** Reads the answer of an upstream, or of Envoy itself. */
export function toAnswer(status: number, headers: IncomingHttpHeaders, body: string): Answer {
  const lines = body.split("\n");
  const name = /^Hello from (\S+)/.exec(body)?.[1];
  return {
    ...{ status, headers, body },
    by: name ?? `${status}`,
    asked: lines[2] ?? "",
    got(header) {
      const values = lines.flatMap((line) => {
        const [key = "", ...rest] = line.split(": ");
        return key.toLowerCase() === header ? [rest.join(": ")] : [];
      });
      return values.length === 0 ? undefined : values.join(", ");
    },
  };
}
