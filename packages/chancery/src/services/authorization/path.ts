/** The one path that is decided on, or why there is none. */
export type ReadPath =
  | { readonly ok: true; readonly path: string; readonly query: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads the target of a request: the path as whoever serves it will understand it, percent-encoding undone. What
 * servers are known to read in different ways is refused, since a decision on one reading would not hold for another.
 * https://www.rfc-editor.org/rfc/rfc3986#section-3.3
 */
export function readPath(target: string): ReadPath {
  const mark = target.indexOf("?");
  const [raw, query] = mark < 0 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)];
  // What asks about the server itself, and what asks for a tunnel, has no path.
  if (raw === "*" || target === "") return { ok: true, path: raw, query };
  if (!raw.startsWith("/")) return refuse("the path does not begin with a slash");
  const reason = ambiguities.find(({ pattern }) => pattern.test(raw))?.reason;
  if (reason !== undefined) return refuse(reason);
  const path = decode(raw);
  if (path === undefined) return refuse("percent-encoding that is no UTF-8");
  if (looksReserved(path)) return refuse("a character that some servers read as a separator");
  return { ok: true, path, query };
}

const ambiguities: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /[^\x21-\x7e]/, reason: "a character that has to be percent-encoded" },
  { pattern: /\\|%5c/i, reason: "a backslash" },
  { pattern: /%2f/i, reason: "an encoded slash" },
  { pattern: /%2e/i, reason: "an encoded dot" },
  { pattern: /%25/, reason: "a percent sign, which may be encoding twice" },
  { pattern: /;|%3b/i, reason: "a semicolon" },
  { pattern: /#|%23|%3f/i, reason: "an encoded question mark, or a fragment" },
  { pattern: /%[01][\da-f]|%7f/i, reason: "an encoded control character" },
  { pattern: /%(?![\da-f]{2})/i, reason: "a percent sign that encodes nothing" },
  { pattern: /\/\//, reason: "an empty segment" },
  { pattern: /\/\.{1,2}(?:\/|$)/, reason: "a dot segment" },
  // Some servers remove what ends a file's name on Windows.
  { pattern: /(?:\.|%20)(?:\/|$)/i, reason: "a segment that ends with a dot or a space" },
];

function decode(raw: string): string | undefined {
  if (!raw.includes("%")) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** Full-width forms and their kind become separators where servers make text compatible. */
function looksReserved(path: string): boolean {
  const others = path.replace(/[\x20-\x7e]/g, "");
  if (others === "") return false;
  // Those that no Unicode form folds, but some code pages do.
  if (/[\u0080-\u009f\u2044\u2215\u2216\u29f5\u29f8\u29f9]/.test(others)) return true;
  return /[\x20-\x2f\x3a-\x40\\]/.test(others.normalize("NFKC"));
}

function refuse(reason: string): ReadPath {
  return { ok: false, reason: `ambiguous path: ${reason}` };
}
