/** The path alone, as Envoy matches it: without query and fragment. */
export function pathOnly(path: string): string {
  return path.replace(/[?#].*$/s, "");
}

/** What a route matches, if path parameters are not to count: everything before the first semicolon. */
export function withoutParameters(path: string): string {
  return path.replace(/;.*$/s, "");
}

/** Takes dot segments away and spells the rest one way, as `normalize_path` does (RFC 3986, section 6). */
export function normalizePath(path: string): string | undefined {
  const only = path.replace(/\?.*$/s, "");
  const rest = path.slice(only.length);
  if (/%00|[\0\u0080-\uffff]/.test(only)) return undefined;
  const spelled = only
    .replaceAll("\\", "/")
    // Dots with parameters are dots, but only if they are not percent-encoded.
    .replace(/(?<=\/)(\.\.?);[^/]*/g, "$1")
    .replace(/%([\dA-Fa-f]{2})/g, (code, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16));
      return /[\w.~-]/.test(character) ? character : code;
    })
    .replace(/["<>`{} ^|]/g, toPercent);
  return removeDotSegments(spelled) + rest;
}

/** Every run of slashes as one. */
export function mergeSlashes(path: string): string {
  const only = path.replace(/\?.*$/s, "");
  return only.replace(/\/{2,}/g, "/") + path.slice(only.length);
}

const escapedSlash = /%2f|%5c/gi;

export function hasEscapedSlash(path: string): boolean {
  return pathOnly(path).search(escapedSlash) >= 0;
}

export function unescapeSlashes(path: string): string {
  const only = path.replace(/\?.*$/s, "");
  const unescaped = only.replace(escapedSlash, (code) => (code.toLowerCase() === "%2f" ? "/" : "\\"));
  return unescaped + path.slice(only.length);
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/").slice(1);
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1;
    if (segment === "..") kept.pop();
    if (segment === "." || segment === "..") {
      if (isLast) kept.push("");
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join("/")}`;
}

function toPercent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
