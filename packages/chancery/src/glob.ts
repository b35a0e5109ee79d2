/** Whether a text is what a glob says, in which `*` stands for any characters and everything else for itself. */
export function matchesGlob(text: string, glob: string): boolean {
  return matchesParts(text, glob.split("*"));
}

/** As `matchesGlob`, for a glob that is asked for often: its parts are what stands between the `*`. */
export function matchesParts(text: string, parts: readonly string[]): boolean {
  const last = parts.length - 1;
  const head = parts[0] ?? "";
  if (last <= 0) return text === head;
  const tail = parts[last] ?? "";
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let at = head.length;
  // The first place that fits leaves the most room for the rest, so there is no need to try another.
  for (let i = 1; i < last; i++) {
    const part = parts[i] ?? "";
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
