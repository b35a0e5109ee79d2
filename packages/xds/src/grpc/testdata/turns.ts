/** An event loop whose turns and whose time a test makes. */
export class FakeLoop {
  nowMs = 0;
  #next: (() => void)[] = [];

  readonly now = (): number => this.nowMs;
  readonly nextTurn = (run: () => void): void => void this.#next.push(run);

  /** One turn in which something else takes so long, then what was to come in it. */
  turn(otherMs = 0): void {
    this.nowMs += otherMs;
    for (const run of this.#next.splice(0)) run();
  }
}
