import { type CallHandler, Code, type GrpcCall, StatusError, toFrame } from "../grpc/index.ts";
import { AdmissionControl } from "./admission.ts";
import { type Content, Exchange } from "./exchange.ts";
import { type ServiceMethod, toRefusal } from "./node-streams.ts";
import type { AnyChange } from "./processing-check.ts";
import { BodyMessage, HeadersMessage, type MessageContext, TrailersMessage } from "./processing-message.ts";
import { type ProcessingRequest, readProcessingRequest } from "./processing-request.ts";
import type { BodyChange, HeadersChange, ProcessingResult, TrailersChange } from "./processing-result.ts";
import { ReplySender } from "./reply-sender.ts";

/** @experimental */
export interface ExternalProcessorOptions {
  /**
   * Called for each request that Envoy asks about; what is returned takes what it tells. A `StatusError` that is thrown, here
   * or there, is the status of the call, anything else is INTERNAL: Envoy then answers with 500, unless its
   * `failure_mode_allow` lets the request through.
   */
  readonly process: (call: GrpcCall) => RequestProcessor | Promise<RequestProcessor>;
  /**
   * Refuses calls when there are too many, and counts them; by default one for calls that wait for 100 ms, half of what
   * Envoy waits by default.
   */
  readonly admission?: AdmissionControl;
  /** Requests that may be processed at a time; more end as UNAVAILABLE. Default: 10,000. */
  readonly maxStreams?: number;
  /** Whether the filter has `allow_mode_override`; without it `mode` is refused. Default: false. */
  readonly allowModeOverride?: boolean;
  /** The filter's `max_message_timeout`, in milliseconds; without it there is no more time. */
  readonly maxMessageTimeoutMs?: number;
  /** Bytes that a message may have, and so a buffered body. Default: as the server has it, 16 MiB. */
  readonly maxReceiveBytes?: number;
}

/**
 * Takes what Envoy tells of one request, and says what becomes of it. What is not taken goes on as it is. One message comes
 * after the other; while one is decided on, the next waits.
 * @experimental
 */
export interface RequestProcessor {
  requestHeaders?(message: HeadersMessage): Decision<HeadersChange>;
  requestBody?(message: BodyMessage): Decision<BodyChange>;
  requestTrailers?(message: TrailersMessage): Decision<TrailersChange>;
  responseHeaders?(message: HeadersMessage): Decision<HeadersChange>;
  responseBody?(message: BodyMessage): Decision<BodyChange>;
  responseTrailers?(message: TrailersMessage): Decision<TrailersChange>;
  /** The request is over, or Envoy asks no more. */
  close?(): void;
}

type Decision<Change> = MaybePromise<ProcessingResult<Change> | Nothing>;

type MaybePromise<T> = T | Promise<T>;

// biome-ignore lint/suspicious/noConfusingVoidType: it is what a function without a return returns
type Nothing = void;

const method = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";

/**
 * The external processing service: Envoy tells of each request and response, and is told what to change. Answers that the
 * protocol does not allow are not sent: they end the call, and the error says why.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/ext_proc/v3/external_processor.proto
 * @experimental
 */
export function externalProcessorHandlers(options: ExternalProcessorOptions): readonly ServiceMethod[] {
  const { maxStreams = 10_000, maxReceiveBytes, maxMessageTimeoutMs } = options;
  const { admission = new AdmissionControl({ maxDelayMs: 100 }) } = options;
  if (!(maxStreams >= 1)) throw new RangeError(`maxStreams is ${maxStreams}: it must be at least 1`);
  if (maxMessageTimeoutMs !== undefined && !(maxMessageTimeoutMs >= 1)) {
    throw new RangeError(`maxMessageTimeoutMs is ${maxMessageTimeoutMs}: it must be at least 1`);
  }
  let streams = 0;
  const open = (call: GrpcCall): CallHandler => {
    if (streams >= maxStreams) {
      throw new StatusError(Code.UNAVAILABLE, `${streams} requests are processed here; try another server, or later`);
    }
    streams++;
    return serve(call, { options, admission, leave: () => streams-- });
  };
  return [{ method, open, options: { admission, ...(maxReceiveBytes !== undefined && { maxReceiveBytes }) } }];
}

interface Settings {
  readonly options: ExternalProcessorOptions;
  readonly admission: AdmissionControl;
  readonly leave: () => void;
}

function serve(call: GrpcCall, { options, admission, leave }: Settings): CallHandler {
  const { process, allowModeOverride = false, maxMessageTimeoutMs } = options;
  const exchange = new Exchange({ allowModeOverride, maxMessageTimeoutMs });
  const sender = new ReplySender(call);
  let processor: RequestProcessor | undefined;
  let closed = false;
  const extend = (ms: number) => call.write(toFrame(exchange.extend(ms)));
  const send = (result: Awaited<Decision<AnyChange>>) =>
    closed ? undefined : sender.send(exchange.answer(result ?? undefined));
  const answer = (by: RequestProcessor, request: ProcessingRequest, content: Content) => {
    const bodyMode = exchange.bodyMode(content.direction);
    const decision = decide(by, content, { request, bodyMode, extend });
    return decision instanceof Promise ? admission.wait(decision).then(send) : send(decision);
  };
  // What is decided at once is answered at once: waiting for a promise costs more than most decisions.
  const take = (bytes: Uint8Array) => {
    const request = readProcessingRequest(bytes);
    const content = exchange.receive(request);
    if (content === undefined) return undefined;
    const by = processor ?? process(call);
    if (!(by instanceof Promise)) {
      processor = by;
      return answer(by, request, content);
    }
    return by.then((made) => {
      processor = made;
      // It may have gone while it was asked what is to become of it.
      return closed ? made.close?.() : answer(made, request, content);
    });
  };
  return {
    message(bytes) {
      try {
        return take(bytes)?.catch(refuseMalformed);
      } catch (error) {
        return refuseMalformed(error);
      }
    },
    end: () => call.end(),
    drain: () => sender.drain(),
    close() {
      closed = true;
      sender.close();
      leave();
      processor?.close?.();
    },
  };
}

function refuseMalformed(error: unknown): never {
  throw toRefusal(error);
}

function decide(processor: RequestProcessor, content: Content, context: MessageContext): Decision<AnyChange> {
  const isRequest = content.direction === "request";
  if (content.part === "headers") {
    const message = new HeadersMessage(content, context);
    return isRequest ? processor.requestHeaders?.(message) : processor.responseHeaders?.(message);
  }
  if (content.part === "body") {
    const message = new BodyMessage(content, context);
    return isRequest ? processor.requestBody?.(message) : processor.responseBody?.(message);
  }
  const message = new TrailersMessage(content, context);
  return isRequest ? processor.requestTrailers?.(message) : processor.responseTrailers?.(message);
}
