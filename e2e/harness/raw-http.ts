import { connect, type Socket } from "node:net";

/** What came back: a status of 0 means that the connection was closed or reset without an answer. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface RawRequest {
  readonly method: string;
  /** As it stands in the request line: nothing is normalized. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Sends a request of HTTP/1.1 over a connection of its own, byte by byte as it is given. */
export function askRaw(socket: Socket, { method, target, headers }: RawRequest): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const closed = () => resolve({ status: 0, headers: {}, body: "" });
  let received = "";
  socket.setEncoding("latin1");
  socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? closed() : reject(error)));
  socket.on("close", closed);
  socket.on("data", (text) => {
    received += text;
    const answer = parse(received);
    if (answer === undefined) return;
    resolve(answer);
    socket.destroy();
  });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1");
  return promise;
}

/** Opens a connection on loopback. */
export function connectTo(port: number): Socket {
  return connect(port, "127.0.0.1");
}

/** The answer, once all of it is there. */
function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const body = text.slice(end + 4);
  if (body.length < Number(headers["content-length"] ?? 0)) return undefined;
  return { status: Number(statusLine.split(" ")[1]), headers, body };
}
