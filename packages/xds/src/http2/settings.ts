import { ConnectionError, DEFAULT_FRAME_BYTES, ErrorCode, MAX_WINDOW_BYTES, Setting } from "./codes.ts";

/** What a client said of itself that matters to us; undefined where it said nothing. */
export interface PeerSettings {
  readonly headerTableBytes?: number;
  readonly initialWindowBytes?: number;
  readonly maxFrameBytes?: number;
}

const MAX_FRAME_BYTES = 2 ** 24 - 1;

/** Reads a SETTINGS frame; the last of several values counts. https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2 */
export function parseSettings(payload: Buffer): PeerSettings {
  if (payload.length % 6 !== 0) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, "a setting has six bytes");
  let settings: PeerSettings = {};
  for (let offset = 0; offset < payload.length; offset += 6) {
    settings = { ...settings, ...parseSetting(payload.readUInt16BE(offset), payload.readUInt32BE(offset + 2)) };
  }
  return settings;
}

function parseSetting(id: number, value: number): PeerSettings {
  switch (id) {
    case Setting.HEADER_TABLE_SIZE:
      return { headerTableBytes: value };
    case Setting.ENABLE_PUSH:
      if (value > 1) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "ENABLE_PUSH is 0 or 1");
      return {};
    case Setting.INITIAL_WINDOW_SIZE:
      if (value > MAX_WINDOW_BYTES) throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, "a window is too large");
      return { initialWindowBytes: value };
    case Setting.MAX_FRAME_SIZE:
      if (value < DEFAULT_FRAME_BYTES || value > MAX_FRAME_BYTES) {
        throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, "a frame has 16 KiB to 16 MiB");
      }
      return { maxFrameBytes: value };
    default:
      return {};
  }
}
