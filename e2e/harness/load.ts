import { Agent, type RequestOptions, request } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import type { TestContext } from "node:test";
import type { TLSSocket } from "node:tls";

/** One request and what came of it. */
export interface Outcome {
  /** When it was sent and answered, in milliseconds of `performance.now()`. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** The name of the upstream that answered, the status if that was not 200, or the error. */
  readonly result: string;
  /** Over TLS, the subject of the server's certificate. */
  readonly certificate?: string;
}

/** Requests at a steady rate until the end of the test. */
export interface Load {
  readonly outcomes: readonly Outcome[];
  /** The next answer to a request sent from now on that `matches`; throws when none does within 10 seconds. */
  next(matches: (outcome: Outcome) => boolean): Promise<Outcome>;
  /** Waits for what is on its way; returns everything that was not answered by one of `names`. */
  stop(names: readonly string[]): Promise<readonly Outcome[]>;
}

export interface LoadOptions {
  /** 50 by default. */
  readonly perSecond?: number;
}

/** Sends requests to a URL, half of them on connections of their own, without waiting for the answers. */
export function startLoad(t: TestContext, url: string, options: LoadOptions = {}): Load {
  const { perSecond = 50 } = options;
  const outcomes: Outcome[] = [];
  const waiting = new Set<(outcome: Outcome) => void>();
  const pending = new Set<Promise<void>>();
  const kept = url.startsWith("https:") ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  let count = 0;
  const beganAt = performance.now();
  const sendNext = () => {
    const agent = count++ % 2 === 0 ? kept : false;
    const done = send(url, { agent }).then((outcome) => {
      pending.delete(done);
      outcomes.push(outcome);
      for (const tell of waiting) tell(outcome);
    });
    pending.add(done);
  };
  // Timers come late on a busy machine; the rate holds all the same.
  const timer = setInterval(() => {
    while (count < ((performance.now() - beganAt) * perSecond) / 1_000) sendNext();
  }, 1_000 / perSecond);
  const end = async () => {
    clearInterval(timer);
    await Promise.all(pending);
    kept.destroy();
  };
  t.after(end);
  return {
    outcomes,
    async next(matches) {
      const since = performance.now();
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      const tell = (outcome: Outcome) => {
        if (outcome.sentAt >= since && matches(outcome)) resolve(outcome);
      };
      const timer = setTimeout(() => {
        const last = JSON.stringify(outcomes.at(-1));
        reject(new Error(`No answer as expected within ${patienceMs} ms; the last one was ${last}`));
      }, patienceMs);
      waiting.add(tell);
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(tell);
      });
    },
    async stop(names) {
      await end();
      return outcomes.filter(({ result }) => !names.includes(result));
    },
  };
}

/** Sends one request on a connection of its own, with more headers if wanted; returns who answered. */
export async function ask(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  return (await send(url, { agent: false, headers })).result;
}

const patienceMs = 10_000;
const timeoutMs = 5_000;

function send(url: string, options: RequestOptions): Promise<Outcome> {
  const sentAt = performance.now();
  const certificate: { certificate?: string } = {};
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const settle = (result: string) => resolve({ sentAt, answeredAt: performance.now(), result, ...certificate });
  const ask = url.startsWith("https:") ? tlsRequest : request;
  // The certificates of tests are signed by nobody.
  const sent = ask(url, { timeout: timeoutMs, rejectUnauthorized: false, ...options } as RequestOptions);
  sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
  sent.on("error", (error) => settle(error.message || error.name));
  sent.on("response", (response) => {
    // The agent that https requests use makes TLS sockets.
    if (url.startsWith("https:")) {
      const subject = (response.socket as TLSSocket).getPeerCertificate().subject?.CN;
      if (typeof subject === "string") certificate.certificate = subject;
    }
    const chunks: string[] = [];
    response.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
    response.on("error", (error) => settle(error.message));
    response.on("end", () => {
      const text = chunks.join("");
      const name = /^Hello from (\S+)/.exec(text)?.[1];
      settle(response.statusCode === 200 && name ? name : `${response.statusCode} ${text}`);
    });
  });
  sent.end();
  return promise;
}
