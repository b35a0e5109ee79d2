/** Control characters, and those that reorder or break lines on a screen. */
const unsafe = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** Makes text from outside one harmless line: a terminal must not obey what an Envoy or a file says. */
export function escapeControls(text: string): string {
  return text.replace(unsafe, toEscape);
}

/** The same for lines of JSON, in which the serializer escapes only some of them. */
export function escapeJsonLines(lines: string): string {
  return lines.replace(unsafe, (character) => (character === "\n" ? character : toEscape(character)));
}

function toEscape(character: string): string {
  if (character === "\n") return "\\n";
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
