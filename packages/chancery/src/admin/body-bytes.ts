import type { Readable } from "node:stream";
import { errorCodes, type FastifyRequest } from "fastify";

/**
 * Reads a body into one piece of memory. Where its length is said beforehand it is filled as it comes, so that nothing is
 * left to do in the end. Rejects as fastify does by itself.
 */
export function readBytes({ headers, routeOptions }: FastifyRequest, payload: Readable): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const { bodyLimit } = routeOptions;
  const length = Number(headers["content-length"] ?? Number.NaN);
  const chunks: Buffer[] = [];
  let whole: Buffer | undefined;
  let size = 0;
  const add = (chunk: Buffer) => {
    const before = size;
    size += chunk.length;
    if (size > bodyLimit) return fail(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
    if (whole === undefined) chunks.push(chunk);
    else chunk.copy(whole, before);
    // Not before some of it is there: to say a length alone reserves nothing.
    if (whole === undefined && size * leastPart >= length) whole = gather(chunks, length);
  };
  const end = () => {
    leave();
    if (size === length || Number.isNaN(length)) resolve(whole ?? Buffer.concat(chunks));
    else reject(new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH());
  };
  const fail = (error: Error & { statusCode?: number }) => {
    leave();
    error.statusCode ??= 400;
    reject(error);
  };
  const leave = () => payload.off("data", add).off("end", end).off("error", fail);
  if (length > bodyLimit) fail(new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE());
  else payload.on("data", add).on("end", end).on("error", fail);
  return promise;
}

/** An eighth. */
const leastPart = 8;

/** Memory of a length that begins with the chunks. */
function gather(chunks: readonly Buffer[], length: number): Buffer {
  const whole = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(whole, at);
  return whole;
}
