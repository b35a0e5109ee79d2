/** Stands between a message and its hint, for which zod has no room. */
export const hintMark = "\n";

/** A message of a schema with what would mend it. */
export function withHint(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message}${hintMark}${hint}`;
}
