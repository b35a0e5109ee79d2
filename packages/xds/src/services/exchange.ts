import { Code, StatusError } from "../grpc/index.ts";
import type { BodyMode } from "./body-mode.ts";
import { type HeaderNames, namesOf, settleActions } from "./header-names.ts";
import { type AnyChange, checkChange, checkImmediate, refuse, requireAlone } from "./processing-check.ts";
import type {
  BodyContent,
  Direction,
  HeadersContent,
  ProcessingProtocol,
  ProcessingRequest,
  TrailersContent,
} from "./processing-request.ts";
import {
  encodeCommon,
  encodeImmediate,
  encodeStreamedBody,
  encodeStreamedHeaders,
  encodeTimeout,
  encodeTrailers,
  toBytes,
} from "./processing-response.ts";
import type { Chunks, DynamicMetadata, Immediate, Leave, ModeChange } from "./processing-result.ts";

/** What is known of a filter that its messages do not say. */
export interface ExchangeOptions {
  readonly allowModeOverride: boolean;
  readonly maxMessageTimeoutMs: number | undefined;
}

export type Content = HeadersContent | BodyContent | TrailersContent;

/** What is to be sent: the messages, then the pieces of a body, then what is after them. */
export interface Reply {
  readonly messages: readonly Uint8Array[];
  readonly body?: ReplyBody;
  readonly after?: Uint8Array;
  /** Whether that was all, and the stream ends. */
  readonly over: boolean;
}

export interface ReplyBody {
  readonly chunks: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;
  /** Whether the last of them is the last of the body. */
  readonly endOfStream: boolean;
  /** The message of one piece. */
  encode(bytes: Uint8Array, isLast: boolean): Uint8Array;
}

/**
 * What has been said of one request of HTTP, and what may be said next. Pure: it is told what comes and what is decided,
 * and returns what to send. A client that breaks the order is a `StatusError`, a decision that the protocol does not allow
 * a TypeError.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ext_proc/v3/external_processor.proto
 */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #sides = { request: newSide(), response: newSide() };
  #protocol: ProcessingProtocol | undefined;
  #isFirst = true;
  #observability = false;
  #over = false;
  /** What is to be answered. */
  #content: Content | undefined;
  #extended = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** How the body of a direction is sent; undefined if that is not known. */
  bodyMode(direction: Direction): BodyMode | undefined {
    return this.#sides[direction].mode;
  }

  /** Takes a message. Returns what there is to decide on; nothing if it is about something else, or comes too late. */
  receive({ content, protocol, observability }: ProcessingRequest): Content | undefined {
    if (this.#isFirst) this.#begin(protocol);
    this.#observability = observability;
    if (content === undefined || this.#over) return undefined;
    const side = this.#sides[content.direction];
    // It was sent before the client knew that the rest is not wanted.
    if (side.replaced) return undefined;
    advance(side, content);
    if (content.part === "headers") side.names = namesOf(content.headers);
    this.#content = content;
    this.#extended = false;
    return content;
  }

  /** Asks for more time for the message that is not answered yet. */
  extend(ms: number): Uint8Array {
    const content = this.#content;
    const { maxMessageTimeoutMs: max } = this.#options;
    const what = "ask for more time";
    if (content === undefined) return refuse(what, "the message is answered already");
    if (this.#observability) return refuse(what, "no answer is wanted in observability mode");
    if (max === undefined) return refuse(what, "give maxMessageTimeoutMs, as the filter has it in max_message_timeout");
    if (!(ms >= 1 && ms <= max))
      return refuse(what, `${ms} ms are not from 1 to ${max} ms, which is the most that is allowed`);
    if (this.#extended) return refuse(what, "that can be done once for a message");
    this.#extended = true;
    return encodeTimeout(ms);
  }

  /** Answers the message that came last. */
  answer(result: AnyChange | Immediate | Leave | undefined): Reply {
    const content = this.#content;
    if (content === undefined) throw new TypeError("Cannot answer: there is no message to be answered");
    this.#content = undefined;
    const what = `answer the ${content.direction} ${content.part}`;
    const change = result ?? {};
    if (this.#observability) return this.#observe(what, change);
    if (isImmediate(change)) return this.#immediate(what, content, change);
    if (isLeave(change)) return this.#leave(what, change);
    const side = this.#sides[content.direction];
    checkChange(what, change, { content, mode: side.mode, held: side.held });
    if (content.part === "headers") return this.#answerHeaders(what, content, change);
    if (content.part === "body") return this.#answerBody(what, content, change);
    return this.#answerTrailers(content, change);
  }

  #begin(protocol: ProcessingProtocol | undefined): void {
    this.#isFirst = false;
    this.#protocol = protocol;
    if (protocol === undefined) return;
    for (const [direction, mode] of [
      ["request", protocol.requestBody],
      ["response", protocol.responseBody],
    ] as const) {
      if (mode !== undefined) this.#sides[direction].mode = mode;
      else throw new StatusError(Code.UNIMPLEMENTED, `the mode of the ${direction} body is not implemented here`);
    }
  }

  #observe(what: string, result: AnyChange | Immediate | Leave): Reply {
    const over = isLeave(result);
    const isNothing = Object.values(result).every((value) => value === undefined);
    return over || isNothing ? { messages: [], over } : refuse(what, "nothing can be changed in observability mode");
  }

  #immediate(what: string, { direction, part }: Content, result: Immediate): Reply {
    const { immediate, dynamicMetadata } = result;
    const { mode, headersGone } = this.#sides.response;
    requireAlone(what, result, ["immediate", "dynamicMetadata"]);
    checkImmediate(what, immediate);
    if (headersGone)
      return refuse(what, "the client has got headers of the response already, so it cannot get another");
    if (direction === "response" && part === "body" && mode === "streamed") {
      return refuse(what, "with a streamed body the client has got headers already");
    }
    this.#over = true;
    if (immediate.chunks !== undefined) {
      if (direction !== "request" || part !== "headers")
        refuse(what, '"chunks" of a response need the headers of a request');
      return streamResponse(what, result, this.#sides.request.mode);
    }
    const message = encodeImmediate({ ...immediate, ...settleActions(undefined, immediate) }, dynamicMetadata);
    return { messages: [message], over: true };
  }

  #leave(what: string, result: Leave): Reply {
    requireAlone(what, result, ["leave"]);
    const losing = Object.entries(this.#sides).find(([, side]) => isFlowing(side));
    if (losing !== undefined) {
      return refuse(what, `what has come of the ${losing[0]} body would be lost, as its mode is full-duplex`);
    }
    this.#over = true;
    return { messages: [], over: true };
  }

  #answerHeaders(what: string, { direction, endOfStream }: HeadersContent, change: AnyChange): Reply {
    const side = this.#sides[direction];
    if (change.hold === true) {
      side.held = true;
      return { messages: [], over: false };
    }
    const mode = change.mode && this.#changeMode(what, direction, change.mode);
    side.replaced = change.replaceBody !== undefined;
    side.done = endOfStream || side.replaced;
    // Buffered bodies keep headers back.
    side.headersGone = side.done || !(side.mode === "buffered" || side.mode === "buffered-partial");
    const { dynamicMetadata, clearRouteCache = false, replaceBody } = change;
    const message = encodeCommon(direction, "headers", {
      ...{ ...settleActions(side.names, change), clearRouteCache, replace: side.replaced },
      ...(dynamicMetadata && { dynamicMetadata }),
      ...(replaceBody !== undefined && { body: toBytes(replaceBody) }),
      ...(mode && { mode }),
    });
    return { messages: [message], over: false };
  }

  #answerBody(what: string, { direction, endOfStream, body: came }: BodyContent, change: AnyChange): Reply {
    const side = this.#sides[direction];
    if (endOfStream) side.done = true;
    if (side.mode === "full-duplex") {
      const { dynamicMetadata } = change;
      const chunks = toList(change.chunks ?? came);
      const isNothing = Array.isArray(chunks) && chunks.length === 0 && !endOfStream;
      const messages = this.#release(direction, change, { unlessHeld: isNothing });
      if (isNothing && dynamicMetadata !== undefined) refuse(what, '"dynamicMetadata" needs chunks to go with');
      if (isNothing) return { messages, over: false };
      return { messages, body: { chunks, endOfStream, encode: toEncoder(direction, dynamicMetadata) }, over: false };
    }
    side.headersGone = true;
    const { dynamicMetadata, clearRouteCache = false, body } = change;
    const message = encodeCommon(direction, "body", {
      ...{ ...settleActions(side.names, change), clearRouteCache },
      ...(dynamicMetadata && { dynamicMetadata }),
      ...(body !== undefined && { body: toBytes(body) }),
    });
    return { messages: [message], over: false };
  }

  #answerTrailers({ direction, headers: came }: TrailersContent, change: AnyChange): Reply {
    const side = this.#sides[direction];
    side.done = true;
    const messages = this.#release(direction, change, { unlessHeld: false });
    side.headersGone = true;
    const { dynamicMetadata, chunks } = change;
    const trailers = encodeTrailers(direction, {
      ...settleActions(namesOf(came), change),
      ...(dynamicMetadata && { dynamicMetadata }),
    });
    if (chunks === undefined) return { messages: [...messages, trailers], over: false };
    const body = { chunks: toList(chunks), endOfStream: false, encode: toEncoder(direction) };
    return { messages, body, after: trailers, over: false };
  }

  /** Answers headers that are on hold. */
  #release(direction: Direction, { heldHeaders }: AnyChange, { unlessHeld }: { readonly unlessHeld: boolean }) {
    const side = this.#sides[direction];
    if (!side.held || (heldHeaders === undefined && unlessHeld)) return [];
    side.held = false;
    side.headersGone = true;
    return [encodeCommon(direction, "headers", settleActions(side.names, heldHeaders ?? {}))];
  }

  #changeMode(what: string, direction: Direction, change: ModeChange) {
    const { request, response } = this.#sides;
    if (!this.#options.allowModeOverride) {
      return refuse(what, "mode needs allow_mode_override in the filter, and allowModeOverride here");
    }
    if (this.#protocol?.sendsBodyWithoutWaiting) {
      return refuse(what, "mode has no effect with send_body_without_waiting_for_header_response");
    }
    const { requestBody = request.mode ?? "none", responseBody = response.mode ?? "none" } = change;
    if (
      direction === "response" &&
      (requestBody !== (request.mode ?? "none") || change.requestTrailers !== undefined)
    ) {
      return refuse(what, "the mode of the request cannot be changed any more");
    }
    for (const [side, mode, trailers] of [
      [request, requestBody, change.requestTrailers],
      [response, responseBody, change.responseTrailers],
    ] as const) {
      if (mode === "full-duplex" && side.mode !== mode && trailers !== "send") {
        return refuse(what, "full-duplex needs trailers to be sent");
      }
      side.mode = mode;
    }
    return { ...change, requestBody, responseBody };
  }
}

function isImmediate(result: AnyChange | Immediate | Leave): result is Immediate {
  return "immediate" in result && result.immediate !== undefined;
}

function isLeave(result: AnyChange | Immediate | Leave): result is Leave {
  return "leave" in result && result.leave;
}

/** Dynamic metadata goes with the first piece. */
function toEncoder(direction: Direction, dynamicMetadata?: DynamicMetadata): ReplyBody["encode"] {
  let metadata = dynamicMetadata;
  return (bytes, endOfStream) => {
    const answer = { chunk: { bytes, endOfStream }, ...(metadata && { dynamicMetadata: metadata }) };
    metadata = undefined;
    return encodeCommon(direction, "body", answer);
  };
}

function streamResponse(what: string, { immediate, dynamicMetadata }: Immediate, mode: BodyMode | undefined): Reply {
  const { status, headers = [], chunks = [], ...others } = immediate;
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other !== undefined) return refuse(what, `a response with "chunks" has no "${other[0]}"`);
  if (mode !== "none" && mode !== "full-duplex") {
    return refuse(
      what,
      `"chunks" of a response need a request whose body mode is none or full-duplex, and it is ${mode}`,
    );
  }
  const settled = settleActions(undefined, { headers });
  return {
    messages: [encodeStreamedHeaders({ status, headers: settled.headers }, dynamicMetadata)],
    body: { chunks: toList(chunks), endOfStream: true, encode: encodeStreamedBody },
    over: true,
  };
}

function toList(chunks: Chunks): ReplyBody["chunks"] {
  return typeof chunks === "string" || chunks instanceof Uint8Array ? [chunks] : chunks;
}

/** One direction. */
interface Side {
  seen: "nothing" | "headers" | "body" | "trailers";
  /** Whether the client has said that nothing comes after that. */
  ended: boolean;
  mode: BodyMode | undefined;
  /** The headers there are, as far as they were told; undefined if they were not. */
  names: HeaderNames | undefined;
  /** Whether headers are to be answered later. */
  held: boolean;
  /** Whether what was answered was the last of it. */
  done: boolean;
  replaced: boolean;
  /** Whether the headers have gone on, so that nothing can take their place. */
  headersGone: boolean;
}

function newSide(): Side {
  const is = { ended: false, held: false, done: false, replaced: false, headersGone: false };
  return { seen: "nothing", mode: undefined, names: undefined, ...is };
}

function isFlowing({ seen, mode, done, ended }: Side): boolean {
  return mode === "full-duplex" && seen !== "nothing" && !done && !(seen === "headers" && ended);
}

const order = ["nothing", "headers", "body", "trailers"] as const;

/** Notes what came, or throws a `StatusError` if it may not come now. */
function advance(side: Side, content: Content): void {
  const { direction, part } = content;
  const [before, now] = [order.indexOf(side.seen), order.indexOf(part)];
  const isTwice = before === now && part !== "body";
  if (side.ended || before > now || isTwice) {
    const after = side.ended ? "the end" : side.seen;
    throw new StatusError(Code.INVALID_ARGUMENT, `${direction} ${part} cannot come after ${after} of the ${direction}`);
  }
  side.seen = part;
  side.ended = part === "trailers" || content.endOfStream;
}
