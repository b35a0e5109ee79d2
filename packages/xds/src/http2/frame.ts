import { Flag, FrameType as Type } from "./codes.ts";

/** Bytes in front of every frame, https://www.rfc-editor.org/rfc/rfc9113#section-4.1 */
export const HEAD_BYTES = 9;

/** Writes what stands in front of a frame. */
export function writeHead(target: Uint8Array, length: number, type: number, flags: number, streamId: number): void {
  target[0] = length >>> 16;
  target[1] = length >>> 8;
  target[2] = length;
  target[3] = type;
  target[4] = flags;
  target[5] = streamId >>> 24;
  target[6] = streamId >>> 16;
  target[7] = streamId >>> 8;
  target[8] = streamId;
}

export function writeDataHead(target: Uint8Array, length: number, streamId: number): void {
  writeHead(target, length, Type.DATA, 0, streamId);
}

export function dataHead(length: number, streamId: number): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  writeDataHead(head, length, streamId);
  return head;
}

/** A DATA frame with a copy of `head` and `chunks`, which have `bytes` bytes in all. */
export function packData(streamId: number, bytes: number, head: Uint8Array, chunks: readonly Uint8Array[]): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + bytes);
  writeDataHead(frame, bytes, streamId);
  frame.set(head, HEAD_BYTES);
  let offset = HEAD_BYTES + head.length;
  for (const chunk of chunks) {
    frame.set(chunk, offset);
    offset += chunk.length;
  }
  return frame;
}

/** A header block, in as many frames as it takes. */
export function headers(block: Uint8Array, streamId: number, flags: number, maxBytes: number): Buffer {
  if (block.length <= maxBytes) return frameOf(Type.HEADERS, flags | Flag.END_HEADERS, streamId, block);
  const frames: Buffer[] = [];
  for (let offset = 0; offset < block.length; offset += maxBytes) {
    const part = block.subarray(offset, offset + maxBytes);
    const last = offset + maxBytes >= block.length ? Flag.END_HEADERS : 0;
    const frame = offset === 0 ? { type: Type.HEADERS, flags } : { type: Type.CONTINUATION, flags: 0 };
    frames.push(frameOf(frame.type, frame.flags | last, streamId, part));
  }
  return Buffer.concat(frames);
}

export function settings(values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(6 * values.length);
  for (const [index, [id, value]] of values.entries()) {
    payload.writeUInt16BE(id, 6 * index);
    payload.writeUInt32BE(value, 6 * index + 2);
  }
  return frameOf(Type.SETTINGS, 0, 0, payload);
}

export const SETTINGS_ACK: Buffer = frameOf(Type.SETTINGS, Flag.ACK, 0, Buffer.alloc(0));

export function ping(payload: Uint8Array, flags: number): Buffer {
  return frameOf(Type.PING, flags, 0, payload);
}

export function windowUpdate(streamId: number, increment: number): Buffer {
  return frameOf(Type.WINDOW_UPDATE, 0, streamId, uint32(increment));
}

export function reset(streamId: number, code: number): Buffer {
  return frameOf(Type.RST_STREAM, 0, streamId, uint32(code));
}

export function goaway(lastStreamId: number, code: number, reason: string): Buffer {
  const payload = Buffer.concat([uint32(lastStreamId), uint32(code), Buffer.from(reason)]);
  return frameOf(Type.GOAWAY, 0, 0, payload);
}

/** A whole frame with a copy of `payload`. */
export function frameOf(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  writeHead(frame, payload.length, type, flags, streamId);
  frame.set(payload, HEAD_BYTES);
  return frame;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
