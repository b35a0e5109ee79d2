import type { HeaderMatcherJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { TextMatch } from "../../model/match.ts";
import { escapeRegex } from "../regex.ts";

/**
 * A query parameter that must not be so. Envoy's matcher of parameters cannot be turned round, that of headers can, and
 * the query is part of the header `:path`.
 */
export function notInQuery([name, text]: [string, TextMatch]): HeaderMatcherJson {
  const regex = `${text.ignoreCase ? "(?i)" : ""}[^?]*\\?(.*&)?${toEncoded(name)}=${toValue(text)}(&.*)?`;
  return { name: ":path", stringMatch: { safeRegex: { regex } }, invertMatch: true };
}

function toValue({ exact = "", prefix, suffix, contains, regex }: TextMatch): string {
  if (prefix !== undefined) return `${toEncoded(prefix)}[^&]*`;
  if (suffix !== undefined) return `[^&]*${toEncoded(suffix)}`;
  if (contains !== undefined) return `[^&]*${toEncoded(contains)}[^&]*`;
  return regex === undefined ? toEncoded(exact) : `(${regex})`;
}

/** Matches a text as it is, and with those of its characters escaped that may be. */
function toEncoded(text: string): string {
  return Array.from(text, (character) => {
    if (/[\w.~-]/.test(character)) return escapeRegex(character);
    const escaped = Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
    return `(?i:${escaped}|${character === " " ? "\\+" : escapeRegex(character)})`;
  }).join("");
}
