/**
 * The payload of one message, to be written to any number of calls: the chunks are handed to the sockets by reference,
 * never copied and never changed, so they must stay as they are.
 */
export interface Frame {
  readonly chunks: readonly Uint8Array[];
  /** Bytes in all chunks together. */
  readonly length: number;
}

/** Bytes in front of every message: a compressed flag and the length of the payload. */
export const PREFIX_BYTES = 5;

/** Makes a frame of `chunks`. Many small chunks cost a write each: join what is below a few KB before sharing it. */
export function toFrame(...chunks: readonly Uint8Array[]): Frame {
  return { chunks, length: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}

/** What goes on the wire in front of a frame's chunks: the message prefix of gRPC, then `extra`, which it counts too. */
export function messageHead(frame: Frame, extra: Uint8Array | undefined): Buffer {
  const extraBytes = extra?.length ?? 0;
  const head = Buffer.allocUnsafe(PREFIX_BYTES + extraBytes);
  writeHead(head, frame, extra);
  return head;
}

/** The whole message in one buffer: for small messages one copy is cheaper than several writes. */
export function packMessage(frame: Frame, extra: Uint8Array | undefined): Buffer {
  const extraBytes = extra?.length ?? 0;
  const packed = Buffer.allocUnsafe(PREFIX_BYTES + extraBytes + frame.length);
  let offset = writeHead(packed, frame, extra);
  for (const chunk of frame.chunks) {
    packed.set(chunk, offset);
    offset += chunk.length;
  }
  return packed;
}

function writeHead(target: Buffer, frame: Frame, extra: Uint8Array | undefined): number {
  const extraBytes = extra?.length ?? 0;
  target[0] = 0;
  target.writeUInt32BE(extraBytes + frame.length, 1);
  if (extra) target.set(extra, PREFIX_BYTES);
  return PREFIX_BYTES + extraBytes;
}
