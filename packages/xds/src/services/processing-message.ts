import type { BodyMode } from "./body-mode.ts";
import type { Header } from "./headers.ts";
import type {
  Attributes,
  BodyContent,
  HeadersContent,
  ProcessingRequest,
  TrailersContent,
} from "./processing-request.ts";

/** What a message is part of. */
export interface MessageContext {
  readonly request: ProcessingRequest;
  readonly bodyMode: BodyMode | undefined;
  readonly extend: (ms: number) => void;
}

/** What all messages have that Envoy sends about a request of HTTP. */
class ProcessingMessage {
  readonly #context: MessageContext;

  constructor(context: MessageContext) {
    this.#context = context;
  }

  /** Whether nothing can be changed, as Envoy does not wait for an answer. */
  get observability(): boolean {
    return this.#context.request.observability;
  }

  /** How the body of this direction is sent; undefined if the client does not say so. */
  get bodyMode(): BodyMode | undefined {
    return this.#context.bodyMode;
  }

  /** What the filter's `request_attributes` or `response_attributes` name, in the first message of a direction. */
  get attributes(): ReturnType<Attributes> {
    return this.#context.request.attributes();
  }

  /** Dynamic metadata, of the namespaces that the filter forwards. */
  get metadata(): ReturnType<Attributes> {
    return this.#context.request.metadata();
  }

  /**
   * Asks Envoy to wait longer for the answer to this message than its `message_timeout`: once, for as long as
   * `maxMessageTimeoutMs` at most. Throws a TypeError if that is not allowed.
   */
  extend(ms: number): void {
    this.#context.extend(ms);
  }
}

/** @experimental */
export class HeadersMessage extends ProcessingMessage {
  /** In the order that Envoy has them; those that begin with `:` too. */
  readonly headers: readonly Header[];
  /** Whether there is no body and there are no trailers. */
  readonly endOfStream: boolean;

  constructor({ headers, endOfStream }: HeadersContent, context: MessageContext) {
    super(context);
    this.headers = headers;
    this.endOfStream = endOfStream;
  }

  /** The values of a header, whose name is in lower case, joined by ", "; undefined without any. */
  get(name: string): string | undefined {
    return joined(this.headers, name);
  }
}

/** @experimental */
export class BodyMessage extends ProcessingMessage {
  /** A view: copy what is held for long. */
  readonly body: Uint8Array;
  /** Whether neither more of it nor trailers come. */
  readonly endOfStream: boolean;

  constructor({ body, endOfStream }: BodyContent, context: MessageContext) {
    super(context);
    this.body = body;
    this.endOfStream = endOfStream;
  }
}

/** @experimental */
export class TrailersMessage extends ProcessingMessage {
  readonly headers: readonly Header[];

  constructor({ headers }: TrailersContent, context: MessageContext) {
    super(context);
    this.headers = headers;
  }

  /** The values of a trailer, whose name is in lower case, joined by ", "; undefined without any. */
  get(name: string): string | undefined {
    return joined(this.headers, name);
  }
}

function joined(headers: readonly Header[], name: string): string | undefined {
  const values = headers.filter((header) => header.name === name).map(({ value }) => value);
  return values.length === 0 ? undefined : values.join(", ");
}
