const form = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d{1,3})?)s)?(?:(\d+)ms)?$/;

/** Whether a text is a duration such as `5s`, `250ms`, `1m30s` or `1h`. */
export function matchesDuration(text: string): boolean {
  return text !== "" && form.test(text);
}

/** The milliseconds of a duration that `matchesDuration` takes. */
export function toMs(text: string): number {
  const [, hours = 0, minutes = 0, seconds = 0, ms = 0] = form.exec(text) ?? [];
  return Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Math.round(Number(seconds) * 1000) + Number(ms);
}

/** A duration as a person writes it, such as `1m30s` or `250ms`. */
export function toDurationText(ms: number): string {
  if (ms % 1000 !== 0) return ms < 1000 ? `${ms}ms` : `${ms / 1000}s`;
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms / 1000) % 60];
  if (ms < 60_000 || seconds !== 0)
    return hours > 0 || minutes > 1 ? toParts(hours, minutes, seconds) : `${ms / 1000}s`;
  return toParts(hours, minutes, 0);
}

function toParts(hours: number, minutes: number, seconds: number): string {
  return `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${seconds > 0 ? `${seconds}s` : ""}`;
}
