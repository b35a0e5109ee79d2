import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { LimitError } from "./limit.ts";
import { Code, StatusError } from "./status.ts";

/** Restores one compressed message; rejects with RESOURCE_EXHAUSTED as soon as the result grows past `maxBytes`. */
export type Decompress = (bytes: Uint8Array, maxBytes: number) => Promise<Uint8Array>;

const byEncoding: ReadonlyMap<string, Decompress> = new Map([
  ["identity", notCompressed],
  ["gzip", bounded(promisify(gunzip))],
  ["deflate", bounded(promisify(inflate))],
]);

/** The encodings a client may use, as told in `grpc-accept-encoding`. */
export const ACCEPTED_ENCODINGS: string = [...byEncoding.keys()].join(",");

/**
 * Finds how to read compressed messages of a call by its `grpc-encoding` header. An unknown encoding throws UNIMPLEMENTED.
 *
 * https://github.com/grpc/grpc/blob/master/doc/compression.md
 */
export function toDecompress(encoding = "identity"): Decompress {
  const decompress = byEncoding.get(encoding);
  if (decompress !== undefined) return decompress;
  throw new StatusError(
    Code.UNIMPLEMENTED,
    `the grpc-encoding "${encoding}" is not one of ${ACCEPTED_ENCODINGS.replaceAll(",", ", ")}`,
  );
}

async function notCompressed(): Promise<never> {
  throw new StatusError(Code.INTERNAL, "a message has its compressed flag set but the call has no grpc-encoding");
}

type Inflate = (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
) => Promise<Uint8Array>;

const MIN_CHUNK_BYTES = 1024;
const MAX_CHUNK_BYTES = 256 * 1024;

/** Room for what most messages unpack to: each piece costs the main thread a call. */
function chunkSize(bytes: Uint8Array): number {
  return Math.min(Math.max(4 * bytes.length, MIN_CHUNK_BYTES), MAX_CHUNK_BYTES);
}

function bounded(inflate: Inflate): Decompress {
  return async (bytes, maxBytes) => {
    try {
      return await inflate(bytes, { maxOutputLength: maxBytes, chunkSize: chunkSize(bytes) });
    } catch (cause) {
      throw isTooLarge(cause)
        ? new LimitError("maxReceiveBytes", `a decompressed message is above the limit of ${maxBytes} bytes`)
        : new StatusError(Code.INTERNAL, "a compressed message cannot be decompressed", { cause });
    }
  };
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
