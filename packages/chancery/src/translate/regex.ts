/** An RE2 expression that matches a text and nothing else. */
export function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** A substitution of RE2 that puts a text in as it is. */
export function escapeSubstitution(text: string): string {
  return text.replaceAll("\\", "\\\\");
}
