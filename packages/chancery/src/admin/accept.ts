import { bodyTypes } from "./bodies.ts";

/** Whether an Accept header (RFC 9110, 12.5.1) likes YAML better than JSON, and which name of it. */
export function preferredYaml(accept: string | undefined): string | undefined {
  let best: { type: string; quality: number } = { type: "application/json", quality: 0 };
  for (const range of (accept ?? "").split(",")) {
    const [name = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    const quality = q === undefined ? 1 : Number(q.slice(2));
    const type = name === "*/*" || name === "application/*" ? "application/json" : name;
    if (bodyTypes.includes(type) && quality > best.quality) best = { type, quality };
  }
  return best.type === "application/json" ? undefined : best.type;
}
