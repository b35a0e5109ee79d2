/** Milliseconds since 1970 as ISO 8601. A clock may be wrong by more than years of four digits; that becomes 1970. */
export function toTimeText(ms: number): string {
  return new Date(ms >= firstMs && ms <= lastMs ? ms : 0).toISOString();
}

const firstMs = Date.parse("0000-01-01T00:00:00.000Z");
const lastMs = Date.parse("9999-12-31T23:59:59.999Z");
