/** https://www.rfc-editor.org/rfc/rfc9113#section-6 */
export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flags = { ack: 1, endStream: 1, endHeaders: 4 } as const;

export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export function toH2Frame(type: number, flag: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flag;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The headers of a call, as literals that are not indexed: https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2 */
export function encodeHeaders(path: string, encoding?: string): Buffer {
  const headers = {
    ":method": "POST",
    ":scheme": "http",
    ":authority": "test",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    ...(encoding !== undefined && { "grpc-encoding": encoding }),
  };
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
}
