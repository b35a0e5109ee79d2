/** A version that says its number and when it was made, for clients in another process to tell how late it came. */
export function stamp(number: number): string {
  return `${number}@${nowMs()}`;
}

export function readStamp(version: string): { readonly number: number; readonly ageMs: number } {
  const [number = "", madeMs = ""] = version.split("@");
  return { number: Number(number), ageMs: nowMs() - Number(madeMs) };
}

/** The same in every process of the machine. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
