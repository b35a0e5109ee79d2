const sign = String.raw`([{}[\],:])`;
const plain = String.raw`[^"\\\0-\x1f]*`;
const string = String.raw`("${plain}(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})${plain})*")`;
const literal = String.raw`(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)`;

/**
 * Finds the offset of the first thing in a text that JSON does not allow there; the text's length when it ends too
 * early. JSON.parse says where only for some mistakes, and to people rather than to programs.
 */
export function findJsonError(text: string): number {
  const token = new RegExp(`[ \\t\\n\\r]*(?:${sign}|${string}|${literal})`, "y");
  const open: string[] = [];
  let expected: Expected = "value";
  for (;;) {
    const from = token.lastIndex;
    const match = token.exec(text);
    if (match === null) return from + (/^[ \t\n\r]*/.exec(text.slice(from))?.[0].length ?? 0);
    const [all, signs, strings] = match;
    const next = follow(expected, signs ?? (strings === undefined ? "literal" : "string"), open);
    if (next === undefined) return from + all.length - all.trimStart().length;
    expected = next;
  }
}

/** What would mend the mistake at an offset, if it is one of those that other tools let pass. */
export function hintForJson(text: string, offset: number): string | undefined {
  if (/^(?:\/[/*]|#)/.test(text.slice(offset, offset + 2))) return "JSON has no comments; YAML has them, behind a #";
  if (/^[}\]]/.test(text.slice(offset, offset + 1)) && /,\s*$/.test(text.slice(0, offset))) {
    return "leave out the comma before it";
  }
  return /^'/.test(text.slice(offset, offset + 1)) ? "write \" in the place of '" : undefined;
}

type Expected = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma" | "nothing";

/** What may come after a token, or undefined when it must not stand here. */
function follow(expected: Expected, token: string, open: string[]): Expected | undefined {
  const isValue = expected === "value" || expected === "value or ]";
  if (token === "string" && (expected === "key" || expected === "key or }")) return "colon";
  if (token === "string" || token === "literal") return isValue ? afterValue(open) : undefined;
  if (token === ":") return expected === "colon" ? "value" : undefined;
  if (token === ",") return expected === "comma" ? (open.at(-1) === "{" ? "key" : "value") : undefined;
  if (token === "{" || token === "[") {
    if (!isValue) return undefined;
    open.push(token);
    return token === "{" ? "key or }" : "value or ]";
  }
  const mayClose =
    expected === "comma"
      ? open.at(-1) === (token === "}" ? "{" : "[")
      : expected === (token === "}" ? "key or }" : "value or ]");
  if (!mayClose) return undefined;
  open.pop();
  return afterValue(open);
}

function afterValue(open: readonly string[]): Expected {
  return open.length === 0 ? "nothing" : "comma";
}
