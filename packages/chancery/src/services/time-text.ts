/** Milliseconds since 1970 as ISO 8601. A clock may be wrong by more than dates can hold; that becomes 1970. */
export function toTimeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
