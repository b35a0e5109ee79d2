import { setTimeout } from "node:timers/promises";
import { MessageView } from "@chancery/xds/services";
import { describeFailure } from "../../errors.ts";
import type { Logger } from "../../logs.ts";
import { inSpareTurns } from "../../spare-turns.ts";
import { encodeLogs } from "./otlp-encode.ts";
import type { LogRecord } from "./record.ts";
import { type Sink, SinkQueue } from "./sink.ts";

export interface OtlpSinkOptions {
  /** The collector's address, such as `http://127.0.0.1:4318`; `/v1/logs` is added if it has no path. */
  readonly url: string;
  /** Sent with each request, such as a key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long an export may be tried before its entries are lost, in milliseconds. Default: 60,000. */
  readonly maxRetryMs?: number;
}

const firstDelayMs = 250;
const maxDelayMs = 10_000;
const requestTimeoutMs = 10_000;
const closingTimeoutMs = 2_000;

/** What the specification says is worth another try. */
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Exports entries to a collector of OpenTelemetry, as protobuf over HTTP: https://opentelemetry.io/docs/specs/otlp/ */
export function otlpSink(options: OtlpSinkOptions, log: Logger): Sink {
  const { headers = {}, maxRetryMs = 60_000 } = options;
  const url = toUrl(options.url);
  const closing = new AbortController();
  let failing = false;
  let gaveUp = false;

  const fail = (reason: string): number => {
    if (!failing) log.error({ url: url.href }, `Cannot export access logs to "${url.origin}": ${reason}`);
    failing = true;
    // A control plane that ends does not wait for a collector that is not there.
    gaveUp = closing.signal.aborted;
    return 0;
  };

  const write = async (batch: readonly LogRecord[]): Promise<number> => {
    if (gaveUp) return 0;
    const body = await inSpareTurns(encodeLogs(batch));
    const endMs = performance.now() + maxRetryMs;
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
      const timeoutMs = closing.signal.aborted ? closingTimeoutMs : requestTimeoutMs;
      const outcome = await post(url, { body, headers, timeoutMs });
      if (outcome.kind === "taken") {
        if (failing) log.info({ url: url.href }, `Access logs are exported to "${url.origin}" again`);
        failing = false;
        return batch.length - Math.min(outcome.rejected, batch.length);
      }
      const over = closing.signal.aborted || performance.now() + delayMs > endMs;
      if (outcome.kind === "refused" || over) return fail(outcome.reason);
      const waitMs = outcome.retryAfterMs ?? delayMs * (0.5 + Math.random());
      await setTimeout(waitMs, undefined, { signal: closing.signal, ref: false }).catch(() => {});
    }
  };

  const queue = new SinkQueue({ maxQueued: 20_000, maxBatch: 500, write });
  return {
    name: "otlp",
    get stats() {
      return queue.stats;
    },
    put: (record) => queue.put(record),
    async close() {
      closing.abort();
      await queue.drain();
    },
  };
}

type Outcome =
  | { readonly kind: "taken"; readonly rejected: number }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs?: number };

interface Export {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

async function post(url: URL, { body, headers, timeoutMs }: Export): Promise<Outcome> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/x-protobuf" },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer = await response.bytes();
    if (response.ok) return { kind: "taken", rejected: readRejected(answer) };
    const reason = `it answers with status ${response.status}`;
    if (!retryable.has(response.status)) return { kind: "refused", reason };
    const seconds = Number(response.headers.get("retry-after"));
    return { kind: "failed", reason, ...(seconds > 0 && { retryAfterMs: Math.min(seconds, 60) * 1000 }) };
  } catch (error) {
    return { kind: "failed", reason: describeFailure(error) };
  }
}

/** `rejected_log_records` of the answer's `partial_success`; 0 if the answer is something else. */
function readRejected(answer: Uint8Array): number {
  return new MessageView(answer).message(1)?.count(1) ?? 0;
}

function toUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(`"${text}" would have to be a URL such as http://127.0.0.1:4318`);
  }
  if (url.pathname === "/") url.pathname = "/v1/logs";
  return url;
}
