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
