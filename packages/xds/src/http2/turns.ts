/**
 * Shares out what all connections together hand to their sockets in one turn of the event loop. Those that have more to
 * send take turns, so that no fan-out of large responses holds up what else there is to do, however many it is for.
 */
export class Turns {
  readonly #bytesPerTurn: number;
  readonly #waiting = new Set<Hand>();
  #bytesLeft: number;
  #scheduled = false;

  constructor(bytesPerTurn: number) {
    this.#bytesPerTurn = bytesPerTurn;
    this.#bytesLeft = bytesPerTurn;
  }

  /** Lets `hand` hand over a piece: at once if there is room in this turn, else after those that wait already. */
  take(hand: Hand): void {
    this.#waiting.add(hand);
    this.#run();
  }

  /** Lets go of one that may wait. */
  delete(hand: Hand): void {
    this.#waiting.delete(hand);
  }

  #run(): void {
    for (const hand of this.#waiting) {
      if (this.#bytesLeft <= 0) break;
      this.#waiting.delete(hand);
      this.#bytesLeft -= hand.hand();
    }
    if (this.#scheduled || this.#bytesLeft === this.#bytesPerTurn) return;
    this.#scheduled = true;
    setImmediate(this.#renew);
  }

  readonly #renew = (): void => {
    this.#scheduled = false;
    this.#bytesLeft = this.#bytesPerTurn;
    this.#run();
  };
}

export interface Hand {
  /** Hands over what may be handed over now, and returns how many bytes that was. */
  hand(): number;
}
