/** Whether a text is what a glob says, in which `*` stands for any characters and everything else for itself. */
export function matchesGlob(text: string, glob: string): boolean {
  const [head = "", ...parts] = glob.split("*");
  const tail = parts.pop();
  if (tail === undefined) return text === glob;
  if (!text.startsWith(head) || text.length < head.length + tail.length || !text.endsWith(tail)) return false;
  const end = text.length - tail.length;
  let at = head.length;
  // The first place that fits leaves the most room for the rest, so there is no need to try another.
  for (const part of parts) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
