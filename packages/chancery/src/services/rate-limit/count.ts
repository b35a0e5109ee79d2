import type { Algorithm } from "./schema.ts";

/** Hits to count on one key. */
export interface Charge {
  readonly key: string;
  /** 0 only looks, less gives back. */
  readonly hits: number;
  readonly requests: number;
  readonly windowMs: number;
  readonly algorithm: Algorithm;
  readonly burst: number;
}

/** What came of a charge. */
export interface Count {
  /** Hits in use before, and with, this charge. */
  readonly before: number;
  readonly after: number;
  /** True if the hits do not fit. */
  readonly over: boolean;
  /** When nothing is in use any more if nothing comes. */
  readonly resetMs: number;
}

/** Counts in a window of its own length that began at a multiple of it; what is over the limit counts too. */
export function countFixed(before: number, { hits, requests, windowMs }: Charge, nowMs: number): Count {
  const after = Math.max(0, before + hits);
  return { before, after, over: hits >= 0 && after > requests, resetMs: windowMs - (nowMs % windowMs) };
}

export interface SlidingState {
  /** Hits in the window before this one, and in this one. */
  readonly previous: number;
  readonly current: number;
}

/**
 * Counts in a window that ends now: of the one before as much as still lies in it, as if its hits were spread evenly.
 * What does not fit is not counted, so that a client that keeps asking is let through as soon as there is room.
 */
export function countSliding(
  state: SlidingState,
  charge: Charge,
  nowMs: number,
): Count & { readonly state: SlidingState } {
  const { hits, requests, windowMs } = charge;
  const elapsedMs = nowMs % windowMs;
  const weight = 1 - elapsedMs / windowMs;
  const before = state.previous * weight + state.current;
  const wanted = before + hits;
  const over = hits >= 0 && wanted > requests + tolerance;
  const next = over ? state : addSliding(state, hits);
  const resetMs = windowMs - elapsedMs + (next.current > 0 ? windowMs : 0);
  return { before, after: over ? wanted : next.previous * weight + next.current, over, resetMs, state: next };
}

/** What is given back goes off this window first. */
function addSliding({ previous, current }: SlidingState, hits: number): SlidingState {
  const sum = current + hits;
  return sum >= 0 ? { previous, current: sum } : { previous: Math.max(0, previous + sum), current: 0 };
}

/**
 * The generic cell rate algorithm: hits flow off steadily, `requests` in a window, and up to `burst` may be in use. The
 * state is the time at which nothing is in use any more. https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
 */
export function countGcra(emptyAtMs: number, charge: Charge, nowMs: number): Count & { readonly state: number } {
  const { hits, requests, windowMs, burst } = charge;
  if (requests === 0) return { before: 0, after: Math.max(0, hits), over: hits > 0, resetMs: windowMs, state: nowMs };
  const hitMs = windowMs / requests;
  // What is later than a full bucket was written before somebody set the clock back: it says nothing any more.
  const isPossible = emptyAtMs <= nowMs + burst * hitMs + 1;
  const startMs = isPossible ? Math.max(emptyAtMs, nowMs) : nowMs;
  const before = (startMs - nowMs) / hitMs;
  const after = Math.max(0, before + hits);
  const over = hits >= 0 && after > burst + tolerance;
  const state = over ? startMs : Math.max(nowMs, startMs + hits * hitMs);
  return { before, after, over, resetMs: state - nowMs, state };
}

/** Fractions of a hit that are the arithmetic's and nobody's. */
const tolerance = 1e-6;
