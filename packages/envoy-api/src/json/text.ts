import { type EncodeContext, report } from "./context.ts";
import { describe } from "./problem.ts";

/** Text from JSON. */
export function parseText(json: unknown, context: EncodeContext): string | undefined {
  if (typeof json === "string") {
    if (json.isWellFormed()) return json;
    report(context, "must be valid Unicode, but has half of a surrogate pair");
  } else {
    const quoted = typeof json === "number" || typeof json === "boolean" || typeof json === "bigint";
    report(context, `must be a string, not ${describe(json)}`, quoted ? `write "${json}" in quotes` : undefined);
  }
  return undefined;
}

/** Bytes from JSON: base64, of the standard or the URL-safe alphabet, with or without padding. */
export function parseBytes(json: unknown, context: EncodeContext): Uint8Array | undefined {
  if (typeof json === "string" && isBase64(json)) return Buffer.from(json, "base64");
  report(context, `must be bytes in base64, not ${describe(json)}`);
  return undefined;
}

/** Bytes as JSON: base64 of the standard alphabet with padding. */
export function formatBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

function isBase64(text: string): boolean {
  const match = /^[A-Za-z0-9+/_-]*(={0,2})$/.exec(text);
  if (match === null) return false;
  const padding = match[1]?.length ?? 0;
  const rest = (text.length - padding) % 4;
  return rest !== 1 && (padding === 0 || rest + padding === 4);
}
