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

/** Whether the type URL of a tap stands in some bytes, be they a message or JSON without escapes. */
export function namesTap(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(tapType);
}

const tapType = ".tap.v3.Tap";

function findKey(value: unknown, wanted: string, path: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const found = key === wanted ? at : findKey(child, wanted, at);
    if (found !== undefined) return found;
  }
  return undefined;
}
