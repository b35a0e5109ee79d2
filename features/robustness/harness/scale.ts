/** True when the long forms are to run: they take minutes and want a machine for themselves. */
export const long = process.env.CHANCERY_LONG === "1";

/** A number for `npm test`, and one for the long form. */
export function scaled(short: number, full: number): number {
  return long ? full : short;
}
