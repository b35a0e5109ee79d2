import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { describeFailure } from "../../errors.ts";
import { jose } from "../../lazy.ts";
import type { Logger } from "../../logs.ts";
import type { JwksConfig } from "./schema.ts";

/** The keys of an issuer, kept up to date in the background. */
export interface Jwks extends Disposable {
  /** How it stands, for people. */
  readonly state: KeySetState;
  /** The keys as they are now. Only before it was first known whether there are any does it wait. */
  keys(): Promise<JWTVerifyGetKey | undefined>;
  /** Somebody has a token signed by a key that is not there: looks for new ones, at most every so often. */
  missed(): void;
}

export interface KeySetState {
  readonly keys: number;
  readonly readMs: number | undefined;
  readonly failures: number;
  readonly error: string | undefined;
}

interface JwksContext {
  /** The file that says so, from which a relative path starts. */
  readonly origin: string;
  readonly cwd: string;
  readonly log: Logger;
}

/** For how long keys are good that could not be fetched again. */
const maxStaleMs = 24 * 3_600_000;
const maxBytes = 1024 * 1024;
const minRetryMs = 1000;
/** How often tokens with unknown keys make it look for new ones. */
const missedMs = 30_000;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** Reads keys, and again every so often until disposed of. */
export function toJwks(config: JwksConfig, { origin, cwd, log }: JwksContext): Jwks {
  if ("inline" in config) return fixed(toGetKey(config.inline), config.inline.keys.length);
  const place = "url" in config ? config.url : resolve(dirname(resolve(cwd, origin)), config.file);
  const read = (signal: AbortSignal) => ("url" in config ? fetchText(config, signal) : readFile(place, "utf8"));
  const controller = new AbortController();
  let current: JWTVerifyGetKey | undefined;
  let state: KeySetState = { keys: 0, readMs: undefined, failures: 0, error: undefined };
  let timer: NodeJS.Timeout | undefined;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    lookedMs = performance.now();
    try {
      const { keys } = keySet.parse(JSON.parse(await read(controller.signal)));
      current = toGetKey({ keys });
      state = { ...state, keys: keys.length, readMs: Date.now(), error: undefined };
    } catch (error) {
      if (controller.signal.aborted) return;
      const stale = state.readMs !== undefined && Date.now() - state.readMs > maxStaleMs;
      if (stale) current = undefined;
      const failed = describeFailure(error);
      state = { ...state, failures: state.failures + 1, error: failed, ...(stale && { keys: 0 }) };
      const then = current === undefined ? "tokens are denied" : "those before stay";
      log.warn({ err: error, jwks: place }, `Cannot get the keys at "${place}": ${failed}; ${then}`);
    } finally {
      looking = undefined;
      const waitMs = state.error === undefined ? config.refresh : Math.min(config.refresh, retryMs(state.failures));
      if (!controller.signal.aborted) timer = setTimeout(again, Math.max(waitMs, minRetryMs)).unref();
    }
  };
  const again = () => {
    looking ??= look();
  };
  again();
  return {
    get state() {
      return state;
    },
    async keys() {
      if (state.readMs === undefined && state.failures === 0) await looking;
      return current;
    },
    missed() {
      if (performance.now() - lookedMs >= missedMs) again();
    },
    [Symbol.dispose]() {
      controller.abort();
      clearTimeout(timer);
    },
  };
}

function fixed(getKey: JWTVerifyGetKey, keys: number): Jwks {
  return {
    state: { keys, readMs: Date.now(), failures: 0, error: undefined },
    keys: async () => getKey,
    missed() {},
    [Symbol.dispose]() {},
  };
}

function toGetKey(set: z.output<typeof keySet>): JWTVerifyGetKey {
  // A key that is none is refused when a token names it.
  return jose().createLocalJWKSet(set as JSONWebKeySet);
}

function retryMs(failures: number): number {
  return minRetryMs * 2 ** Math.min(failures, 6);
}

async function fetchText(
  config: { readonly url: string; readonly timeout: number },
  signal: AbortSignal,
): Promise<string> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(config.timeout)]);
  // Who answers for another place is not whom the configuration trusts.
  const response = await fetch(config.url, { signal: bounded, redirect: "error" });
  if (!response.ok) throw new Error(`it answers with status ${response.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`it answers with more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
