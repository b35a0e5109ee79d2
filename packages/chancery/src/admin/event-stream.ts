import { Readable } from "node:stream";
import type { EventStream } from "@chancery/xds";
import type { FastifyReply } from "fastify";
import { SparePace } from "../spare-turns.ts";
import { escapeJsonLines } from "../text-safety.ts";
import { piecesInTurns } from "../turns.ts";

/** What is sent as an event: its name, and its data, which becomes JSON. */
export interface EventFrame {
  readonly event: string;
  readonly data: object;
}

export interface EventStreamOptions<T> {
  /** What the first line, a comment, says. */
  readonly greeting: string;
  /** Sent first, such as what happened before; made while it is sent. */
  readonly first?: Iterable<EventFrame>;
  toFrame(value: T): EventFrame;
  /** How long the stream may be silent before a comment is sent. Default: 15 s. */
  readonly heartbeatMs?: number;
}

/** Answers a request with events until the reader goes away, or there are no more. */
export function sendEvents<T>(
  reply: FastifyReply,
  events: EventStream<T>,
  options: EventStreamOptions<T>,
): FastifyReply {
  return reply
    .header("content-type", "text/event-stream")
    .header("cache-control", "no-store")
    .send(Readable.from(toFrames(events, options)));
}

/**
 * The events as text, a comment when there were none for a while, and a count of those that were missed. There may be very
 * many of them, and of readers, so what they take is what others leave.
 */
async function* toFrames<T>(events: EventStream<T>, options: EventStreamOptions<T>): AsyncGenerator<string> {
  // Proxies close a connection on which nothing comes for a minute or so.
  const { greeting, first = [], toFrame, heartbeatMs = 15_000 } = options;
  yield `: ${greeting}\n\n`;
  yield* piecesInTurns(Iterator.from(first).map(toText));
  const pace = new SparePace();
  let dropped = 0;
  let silentSinceMs = performance.now();
  for (let next = events.next(); ; ) {
    const result = await orSilence(next, heartbeatMs);
    if (result === undefined || performance.now() - silentSinceMs >= heartbeatMs) {
      yield ":\n\n";
      silentSinceMs = performance.now();
    }
    if (result === undefined) continue;
    if (result.done) return;
    if (events.dropped > dropped) {
      yield toText({ event: "dropped", data: { kind: "dropped", count: events.dropped - dropped } });
      dropped = events.dropped;
    }
    yield await pace.make(() => toText(toFrame(result.value)));
    silentSinceMs = performance.now();
    next = events.next();
  }
}

/** JSON has no line breaks, so it is one line of data. What others say in it must not steer a terminal. */
function toText({ event, data }: EventFrame): string {
  return `event: ${event}\ndata: ${escapeJsonLines(JSON.stringify(data))}\n\n`;
}

/** What comes, or undefined if nothing does for that long. */
async function orSilence<T>(coming: Promise<T>, silenceMs: number): Promise<T | undefined> {
  const { promise: silence, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, silenceMs, undefined).unref();
  try {
    return await Promise.race([coming, silence]);
  } finally {
    clearTimeout(timer);
  }
}
