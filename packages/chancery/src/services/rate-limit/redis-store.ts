import { redisClient } from "../../lazy.ts";
import type { Logger } from "../../logs.ts";
import type { Charge, Count } from "./count.ts";
import { countScript, countScriptSha } from "./redis-script.ts";
import { type Store, StoreLost, type StoreStats } from "./store.ts";

export interface RedisStoreOptions {
  /** `redis://`, or `rediss://` with TLS: `redis://user:password@host:port/database`. */
  readonly url: string;
  readonly log: Logger;
  /** How long to wait for an answer. Default: 15 ms, for Envoy itself waits 20. */
  readonly timeoutMs?: number | undefined;
  /** What keys begin with. Default: `chancery:rate-limit:`. */
  readonly prefix?: string | undefined;
  /** Milliseconds since the epoch. Default: the clock of the server, which all replicas share. */
  readonly now?: (() => number) | undefined;
}

/** Requests that may wait for an answer at once: beyond that the server is as good as gone. */
const maxWaiting = 10_000;

/** Counts in a Redis or Valkey, for several replicas together. It connects by itself, and again whenever it has to. */
export class RedisStore implements Store {
  readonly #client: ReturnType<ReturnType<typeof redisClient>["createClient"]>;
  readonly #timeoutMs: number;
  readonly #prefix: string;
  readonly #now: (() => number) | undefined;
  readonly #log: Logger;
  readonly #name: string;
  #isLost = false;
  #lost = 0;

  constructor(options: RedisStoreOptions) {
    const { url, log, timeoutMs = 15, prefix = "chancery:rate-limit:", now } = options;
    this.#timeoutMs = timeoutMs;
    this.#prefix = prefix;
    this.#now = now;
    this.#log = log;
    this.#name = new URL(url).host;
    this.#client = redisClient().createClient({
      url: url.replace(/^valkey/, "redis"),
      // What cannot be asked at once is not worth waiting for.
      disableOfflineQueue: true,
      commandsQueueMaxLength: maxWaiting,
      pingInterval: 2000,
      socket: { connectTimeout: 2000, socketTimeout: 5000, reconnectStrategy: toDelayMs },
    });
    this.#client.on("error", this.#lose);
    this.#client.on("ready", this.#find);
    this.#client.connect().catch(this.#lose);
  }

  get stats(): StoreStats {
    return { keys: 0, evicted: 0, lost: this.#lost };
  }

  async count(charges: readonly Charge[]): Promise<readonly Count[]> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs);
    try {
      return toCounts(await Promise.race([this.#ask(charges), late]));
    } catch (error) {
      this.#lost++;
      this.#lose(error);
      throw new StoreLost(`The counts in "${this.#name}" are out of reach`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #ask(charges: readonly Charge[]): Promise<unknown> {
    const keys = charges.map(({ algorithm, windowMs, key }) => `${this.#prefix}${algorithm}:${windowMs}:${key}`);
    const values = charges.flatMap(({ algorithm, hits, requests, windowMs, burst }) => [
      algorithm,
      ...[hits, requests, windowMs, burst].map(String),
    ]);
    const rest = [String(keys.length), ...keys, String(this.#now?.() ?? ""), ...values];
    try {
      const reply = await this.#client.sendCommand(["EVALSHA", countScriptSha, ...rest]);
      if (this.#isLost) this.#find();
      return reply;
    } catch (error) {
      if (!(error instanceof redisClient().ErrorReply && error.message.startsWith("NOSCRIPT"))) throw error;
      return await this.#client.sendCommand(["EVAL", countScript, ...rest]);
    }
  }

  /** Said once, however many requests find it so. */
  readonly #lose = (err: unknown): void => {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#log.error({ err, store: this.#name }, `The counts of rate limits in "${this.#name}" are out of reach`);
  };

  readonly #find = (): void => {
    this.#isLost = false;
    this.#log.info({ store: this.#name }, `Rate limits are counted in "${this.#name}"`);
  };
}

function toDelayMs(retries: number): number {
  return Math.min(50 * 2 ** retries, 2000) * (0.5 + Math.random() / 2);
}

function toCounts(reply: unknown): readonly Count[] {
  if (!Array.isArray(reply)) throw new TypeError("The reply of the script is no list");
  const numbers = reply.map(Number);
  return Array.from({ length: numbers.length / 4 }, (_, i) => {
    const [before = 0, after = 0, over = 0, resetMs = 0] = numbers.slice(4 * i, 4 * i + 4);
    return { before, after, over: over === 1, resetMs };
  });
}
