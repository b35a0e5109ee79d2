import fc from "fast-check";

/**
 * All ways in which servers are known to read the target of a request, and combinations of them: the opposite of one
 * canonical path, and written without it.
 */
export function readingsOf(target: string): ReadonlySet<string> {
  // A question mark as such begins the query for all of them.
  const readings = new Set([target.replace(/[?].*$/s, "")]);
  for (const reading of readings) {
    for (const change of changes) {
      const next = change(reading);
      if (next !== reading) readings.add(next);
    }
    if (readings.size > 5000) throw new Error(`"${target}" has too many readings`);
  }
  return readings;
}

/** The readings that no server would change any more. */
export function finalReadings(target: string): readonly string[] {
  return [...readingsOf(target)].filter((reading) => changes.every((change) => change(reading) === reading));
}

/** What comes first in a path. */
export function firstSegment(path: string): string {
  return path.split("/").filter((segment) => segment !== "")[0] ?? "";
}

const changes: readonly ((path: string) => string)[] = [
  // Percent-encoding undone once; servers that do it twice come to it by themselves.
  (path) => path.replace(/(?:%[\da-f]{2})+/gi, (run) => toText(Buffer.from(run.replaceAll("%", ""), "hex"))),
  (path) => path.replace(/[?].*$/s, ""),
  (path) => path.replace(/#.*$/s, ""),
  (path) => path.replace(/\0.*$/s, ""),
  // Parameters of one segment, or of the whole path.
  (path) => path.replace(/;[^/]*/g, ""),
  (path) => path.replace(/;.*$/s, ""),
  (path) => path.replaceAll("\\", "/"),
  (path) => path.replace(/\/{2,}/g, "/"),
  (path) => path.replace(/\/\.(?=\/|$)/g, ""),
  (path) => path.replace(/\/(?!\.\.(?:\/|$))[^/]*\/\.\.(?=\/|$)/, ""),
  (path) => path.replace(/^\/\.\.(?=\/|$)/, ""),
  (path) => path.replace(/[. ]+(?=\/|$)/g, ""),
  (path) => path.normalize("NFKC"),
  (path) => path.replace(/[\u2044\u2215]/g, "/"),
];

/** UTF-8, with the forms that are longer than they may be. */
function toText(bytes: Buffer): string {
  const text = bytes
    .toString("latin1")
    .replace(/[\xc0\xc1][\x80-\xbf]/g, (pair) =>
      String.fromCharCode(((pair.charCodeAt(0) & 0x1f) << 6) | (pair.charCodeAt(1) & 0x3f)),
    );
  return Buffer.from(text, "latin1").toString("utf8");
}

/** Paths made of what makes servers read them in different ways. */
export const tricks: fc.Arbitrary<string> = fc
  .array(
    fc.constantFrom(
      ...[
        "/",
        "/",
        "/",
        "admin",
        "public",
        "x",
        "%61dmin",
        "adm%69n",
        "%70ublic",
        "..",
        ".",
        "%2e",
        "%2E",
        "%2f",
        "%5c",
      ],
      ...[
        "\\",
        ";",
        ";a=b",
        "%3b",
        "%252e",
        "%252f",
        "%25",
        "%00",
        "%0a",
        "//",
        "?",
        "%3f",
        "#",
        "%23",
        "%c0%af",
        "%c0%ae",
      ],
      ...["%ef%bc%8f", "%ef%bc%8e", "%e2%81%84", "%e2%80%a6", "ÿ", "%20", "%ff", "%", "é", "%c3%a4"],
    ),
    { maxLength: 8 },
  )
  .map((parts) => `/${parts.join("")}`);
