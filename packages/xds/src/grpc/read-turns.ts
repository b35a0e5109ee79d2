import { type SpareTurns, spareTurns } from "./spare-turns.ts";

/** A connection as far as it is read. */
export interface Reader {
  /** Leaves what the client sends in the socket, and what was read already as it is from the next call on. */
  stopReading(): void;
  /** Works off what was read already, then reads on. */
  resumeReading(): void;
  /** Whether something was read that is not worked off, since it was stopped. */
  readonly hasUnread: boolean;
}

/** The turn of one connection. */
export interface ReadTurn {
  readonly reader: Reader;
  /** Since when it is not read; undefined if it is. */
  restsSinceMs: number | undefined;
  /** Whether it is its turn to be read. */
  isNext: boolean;
  /** From when on it was not read, or what was read of it was not worked off; and how long that had lasted at its turn. */
  arrivedMs: number | undefined;
  waitedMs: number;
  /** The turn of the event loop in which it brought a call last, and when that was. */
  lastTurn: number;
  lastMs: number;
}

export interface ReadTurnsOptions {
  readonly spare?: SpareTurns;
  readonly now?: () => number;
  readonly nextTurn?: (run: () => void) => void;
}

/**
 * Reads connections whose calls can wait in turns. When such calls have taken a quarter of a millisecond of a turn of the
 * event loop, the connections that brought some lately are left alone, until there is a spare turn for them: so a flood of
 * such calls waits in the sockets of those who make it, and everyone else is read at once.
 */
export class ReadTurns {
  readonly #spare: SpareTurns;
  readonly #now: () => number;
  readonly #nextTurn: (run: () => void) => void;
  readonly #resting = new Set<ReadTurn>();
  /** Those that bring calls, since the longest that have brought none first. */
  readonly #active = new Set<ReadTurn>();
  readonly #reading: ReadTurn[] = [];
  /** How many are read in one turn. */
  #batch = 1;
  #turn = 0;
  #inTurn = false;
  #beganMs = 0;

  constructor(options: ReadTurnsOptions = {}) {
    const { spare = spareTurns, now = () => performance.now(), nextTurn = setImmediate } = options;
    this.#spare = spare;
    this.#now = now;
    this.#nextTurn = nextTurn;
  }

  /** A connection takes part. */
  join(reader: Reader): ReadTurn {
    return {
      reader,
      restsSinceMs: undefined,
      isNext: false,
      arrivedMs: undefined,
      waitedMs: 0,
      lastTurn: -1,
      lastMs: 0,
    };
  }

  leave(turn: ReadTurn): void {
    this.#resting.delete(turn);
    this.#active.delete(turn);
  }

  /** A connection has brought a call that can wait. Returns how long it has waited to be read, in milliseconds. */
  take(turn: ReadTurn): number {
    if (turn.restsSinceMs !== undefined) return turn.waitedMs;
    const nowMs = this.#now();
    if (!this.#inTurn) this.#begin(nowMs);
    if (turn.lastTurn !== this.#turn) this.#note(turn, nowMs);
    if (nowMs - this.#beganMs > budgetMs) this.#restAll(nowMs);
    else if (this.#resting.size > 0 && !turn.isNext) this.#rest(turn, nowMs);
    return turn.waitedMs;
  }

  #note(turn: ReadTurn, nowMs: number): void {
    turn.lastTurn = this.#turn;
    turn.lastMs = nowMs;
    this.#active.delete(turn);
    this.#active.add(turn);
  }

  /** Also those whose sockets have something to read in this turn already. */
  #restAll(nowMs: number): void {
    for (const turn of this.#active) {
      if (nowMs - turn.lastMs > activeMs) this.#active.delete(turn);
      else if (turn.restsSinceMs === undefined) this.#rest(turn, nowMs);
    }
  }

  #begin(nowMs: number): void {
    this.#inTurn = true;
    this.#turn++;
    this.#beganMs = nowMs;
    this.#nextTurn(this.#end);
  }

  readonly #end = (): void => {
    this.#inTurn = false;
  };

  #rest(turn: ReadTurn, nowMs: number): void {
    turn.restsSinceMs = nowMs;
    turn.arrivedMs ??= nowMs;
    turn.isNext = false;
    turn.reader.stopReading();
    if (this.#resting.size === 0 && this.#reading.length === 0) this.#spare.add(this.#release);
    this.#resting.add(turn);
  }

  readonly #release = (): void => {
    this.#beganMs = this.#now();
    // One that throws must not keep the others waiting for ever.
    this.#nextTurn(this.#released);
    let left = Math.min(this.#batch, this.#resting.size);
    for (const turn of this.#resting) {
      if (left-- === 0) break;
      this.#resting.delete(turn);
      this.#reading.push(turn);
      this.#letGo(turn);
      if (turn.restsSinceMs !== undefined) break;
    }
  };

  #letGo(turn: ReadTurn): void {
    if (!turn.reader.hasUnread) turn.arrivedMs = turn.restsSinceMs;
    turn.waitedMs = this.#beganMs - (turn.arrivedMs ?? this.#beganMs);
    turn.restsSinceMs = undefined;
    turn.isNext = true;
    turn.reader.resumeReading();
  }

  /** What was let go has been read: one more at a time if that was little, only one if it was much. */
  readonly #released = (): void => {
    const tookMs = this.#now() - this.#beganMs;
    if (tookMs > budgetMs) this.#batch = 1;
    else if (this.#reading.length === this.#batch) this.#batch = Math.min(maxBatch, this.#batch + 1);
    for (const turn of this.#reading) {
      turn.isNext = false;
      turn.waitedMs = 0;
      if (turn.restsSinceMs === undefined) turn.arrivedMs = undefined;
    }
    this.#reading.length = 0;
    if (this.#resting.size > 0) this.#spare.add(this.#release);
  };
}

/** Of this process, as spare turns are. */
export const readTurns: ReadTurns = new ReadTurns();

const budgetMs = 0.25;
/** Who has brought no call for so long is not expected to bring one at once. */
const activeMs = 100;
const maxBatch = 16;
