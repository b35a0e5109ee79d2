import { decodeToJson } from "@chancery/envoy-api";

/**
 * Where a resource makes Envoy 1.40 crash: a tap filter that streams to a gRPC sink, which Envoy has not implemented.
 * The path begins in the resource; undefined if it does not.
 */
export function crashPath(message: string, body: Uint8Array): string | undefined {
  // Few resources have a tap at all, and its type URL says so: the others cost one search.
  if (!namesTap(body)) return undefined;
  return findKey(decodeToJson(message, body), "streaming_grpc", "");
}

/** Whether a tap may stand in a JSON text of any length. No more is looked for than is rare: to find points takes longer. */
export function maySpellTap(json: Buffer): boolean {
  return json.includes("Tap") || json.includes(escaped);
}

/** What may spell something in another way. */
const escaped = "\\u";

/** Whether the type URL of a tap stands in a message. */
function namesTap(message: Uint8Array): boolean {
  return Buffer.from(message.buffer, message.byteOffset, message.length).includes(".tap.v3.Tap");
}

function findKey(value: unknown, wanted: string, path: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const found = key === wanted ? at : findKey(child, wanted, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
