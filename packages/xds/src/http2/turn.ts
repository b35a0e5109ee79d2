let turn = 0;
let isTurning = false;

/** A number that stays the same while what the sockets brought at once is worked off. */
export function currentTurn(): number {
  if (!isTurning) {
    isTurning = true;
    setImmediate(() => {
      isTurning = false;
      turn++;
    });
  }
  return turn;
}
