import { DEFAULT_FRAME_BYTES, ErrorCode, expect, MAX_WINDOW_BYTES, Setting } from "./codes.ts";

/** What a client said of itself that matters to us; undefined where it said nothing. */
export interface PeerSettings {
  readonly headerTableBytes?: number;
  readonly initialWindowBytes?: number;
  readonly maxFrameBytes?: number;
}

const MAX_FRAME_BYTES = 2 ** 24 - 1;

/** Reads a SETTINGS frame; the last of several values counts. https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2 */
export function parseSettings(payload: Buffer): PeerSettings {
  expect(payload.length % 6 === 0, "a setting has six bytes", ErrorCode.FRAME_SIZE_ERROR);
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
      expect(value <= 1, "ENABLE_PUSH is 0 or 1");
      return {};
    case Setting.INITIAL_WINDOW_SIZE:
      expect(value <= MAX_WINDOW_BYTES, "a window is too large", ErrorCode.FLOW_CONTROL_ERROR);
      return { initialWindowBytes: value };
    case Setting.MAX_FRAME_SIZE:
      expect(value >= DEFAULT_FRAME_BYTES && value <= MAX_FRAME_BYTES, "a frame has 16 KiB to 16 MiB");
      return { maxFrameBytes: value };
    default:
      return {};
  }
}
