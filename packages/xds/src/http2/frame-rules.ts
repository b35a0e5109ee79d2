import { ErrorCode, expect, FrameType as Type } from "./codes.ts";

interface Rule {
  readonly of: "connection" | "stream" | "both";
  readonly minBytes?: number;
  readonly maxBytes?: number;
}

/** What a client may send beside DATA, https://www.rfc-editor.org/rfc/rfc9113#section-6 */
const rules: Readonly<Record<number, Rule>> = {
  [Type.HEADERS]: { of: "stream" },
  [Type.PRIORITY]: { of: "stream", minBytes: 5, maxBytes: 5 },
  [Type.RST_STREAM]: { of: "stream", minBytes: 4, maxBytes: 4 },
  [Type.SETTINGS]: { of: "connection" },
  [Type.PING]: { of: "connection", minBytes: 8, maxBytes: 8 },
  [Type.GOAWAY]: { of: "connection", minBytes: 8 },
  [Type.WINDOW_UPDATE]: { of: "both", minBytes: 4, maxBytes: 4 },
};

/** Checks whom a frame is for and how long it is. Extensions are free. */
export function checkFrame(type: number, streamId: number, bytes: number): void {
  expect(type !== Type.PUSH_PROMISE && type !== Type.CONTINUATION, "a frame that may not come here");
  const rule = rules[type];
  if (rule === undefined) return;
  const { of, minBytes = 0, maxBytes = bytes } = rule;
  expect(of === "both" || (of === "stream") === streamId > 0, "a frame that is not for whom it says");
  expect(bytes >= minBytes && bytes <= maxBytes, "a frame of a wrong length", ErrorCode.FRAME_SIZE_ERROR);
}
