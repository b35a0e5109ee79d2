import type { Header } from "./headers.ts";
import type { HttpTapPiece, SocketTapPiece } from "./tap-message.ts";
import type { HttpTap, SocketTap, SocketTapEvent, TapBody, TapConnection, TapMessage } from "./tap-trace.ts";

type Piece = HttpTapPiece | SocketTapPiece;

/** A trace that comes in pieces, and what it holds so far. */
export interface OpenTrace {
  readonly incomplete: boolean;
  /** Whether its last piece has come. */
  readonly over: boolean;
  /** What it holds. */
  readonly bytes: number;
  /** Whether a piece can come after those that came. */
  continues(piece: Piece): boolean;
  /** Adds a piece, as far as the trace stays below `maxBytes`. */
  add(piece: Piece, maxBytes: number): void;
  /** A piece of it will not come. */
  lose(): void;
  content(): HttpTap | SocketTap;
}

/** Of a request or a response, headers come first and trailers last; requests and responses may overlap. */
const order = { headers: 1, body: 2, trailers: 3 } as const;

export class OpenHttpTrace implements OpenTrace {
  readonly #sides = { request: new OpenMessage(), response: new OpenMessage() };
  #lost = false;

  get incomplete(): boolean {
    const { request, response } = this.#sides;
    return this.#lost || request.lacking || response.lacking || request.reached === 0;
  }

  /** What is said of a response ends a trace, if it has trailers; nothing says that a body is over. */
  get over(): boolean {
    return this.#sides.response.reached === order.trailers;
  }

  get bytes(): number {
    return this.#sides.request.bytes + this.#sides.response.bytes;
  }

  continues(piece: Piece): boolean {
    if (piece.kind !== "http-piece") return false;
    const { of, part } = piece;
    if (of === "request" && part === "headers") return this.#sides.request.reached + this.#sides.response.reached === 0;
    const { reached } = this.#sides[of];
    return part === "body" ? reached <= order.body : reached < order[part];
  }

  add(piece: Piece, maxBytes: number): void {
    if (piece.kind === "http-piece") this.#sides[piece.of].add(piece, maxBytes - this.bytes);
  }

  lose(): void {
    this.#lost = true;
  }

  content(): HttpTap {
    const [request, response] = [this.#sides.request.content(), this.#sides.response.content()];
    return { kind: "http", ...(request && { request }), ...(response && { response }) };
  }
}

class OpenMessage {
  readonly #chunks: Uint8Array[] = [];
  #headers: readonly Header[] = [];
  #trailers: readonly Header[] = [];
  #truncated = false;
  /** How far it is in the order of its parts; 0 while there is none. */
  reached = 0;
  /** Whether headers or trailers were left out, or never came. */
  lacking = false;
  bytes = 0;

  add(piece: HttpTapPiece, room: number): void {
    if (this.reached === 0 && piece.part !== "headers") this.lacking = true;
    this.reached = order[piece.part];
    if (piece.part === "body") this.#addBody(piece.body, room);
    else this.#addHeaders(piece.part, piece.headers, room);
  }

  #addBody({ data, truncated }: TapBody, room: number): void {
    const kept = data.length + chunkBytes <= room ? data : data.slice(0, Math.max(0, room - chunkBytes));
    this.#truncated ||= truncated || kept.length < data.length;
    if (kept.length === 0) return;
    this.#chunks.push(kept);
    this.bytes += kept.length + chunkBytes;
  }

  #addHeaders(part: "headers" | "trailers", headers: readonly Header[], room: number): void {
    const size = headers.reduce((sum, { name, value }) => sum + name.length + value.length + chunkBytes, 0);
    if (size > room) {
      this.lacking = true;
      return;
    }
    if (part === "headers") this.#headers = headers;
    else this.#trailers = headers;
    this.bytes += size;
  }

  content(): TapMessage | undefined {
    if (this.reached === 0) return undefined;
    const body = { data: join(this.#chunks), truncated: this.#truncated };
    return { headers: this.#headers, body, trailers: this.#trailers };
  }
}

export class OpenSocketTrace implements OpenTrace {
  readonly #events: SocketTapEvent[] = [];
  #connection: TapConnection | undefined;
  #truncated = { read: false, write: false };
  #lost = false;
  over = false;
  bytes = 0;

  get incomplete(): boolean {
    return this.#lost || this.#connection === undefined;
  }

  /** A connection is said to begin once, ahead of what happens to it. */
  continues(piece: Piece): boolean {
    if (piece.kind !== "socket-piece") return false;
    return piece.connection === undefined || piece.events.length > 0 || this.bytes === 0;
  }

  add(piece: Piece, maxBytes: number): void {
    if (piece.kind !== "socket-piece") return;
    this.#connection ??= piece.connection;
    if (piece.connection !== undefined) this.bytes += chunkBytes;
    for (const event of piece.events) this.#addEvent(event, maxBytes);
  }

  #addEvent(event: SocketTapEvent, maxBytes: number): void {
    if (event.kind === "closed") {
      this.over = true;
      this.#events.push(event);
      return;
    }
    const { data, truncated } = event.body;
    const room = maxBytes - this.bytes - chunkBytes;
    const isCut = data.length > room;
    this.#truncated[event.kind] ||= truncated || isCut;
    if (room < 0) return;
    this.#events.push(isCut ? { ...event, body: { data: data.slice(0, room), truncated: true } } : event);
    this.bytes += Math.min(data.length, room) + chunkBytes;
  }

  lose(): void {
    this.#lost = true;
  }

  content(): SocketTap {
    const { read: readTruncated, write: writeTruncated } = this.#truncated;
    const connection = this.#connection && { connection: this.#connection };
    return { kind: "socket", ...connection, events: this.#events, readTruncated, writeTruncated };
  }
}

/** What an object costs that is held, beside what is in it. */
const chunkBytes = 64;

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}
