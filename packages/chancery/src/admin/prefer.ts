/**
 * The seconds that a `Prefer` header (RFC 7240, such as `respond-async, wait=30`) is willing to wait; undefined if it
 * says nothing of it that can be understood, which is to be ignored.
 */
export function preferredWaitSeconds(prefer: string | undefined): number | undefined {
  for (const preference of (prefer ?? "").split(",")) {
    const [, digits, quoted] = /^\s*wait\s*=\s*(?:(\d{1,9})|"(\d{1,9})")\s*(?:;|$)/i.exec(preference) ?? [];
    const seconds = digits ?? quoted;
    if (seconds !== undefined) return Number(seconds);
  }
  return undefined;
}
