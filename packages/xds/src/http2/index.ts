export { ErrorCode } from "./codes.ts";
export type { Flood } from "./floods.ts";
export type { Headers } from "./headers.ts";
export { encodeHeaders } from "./hpack/encoder.ts";
export { Session, type SessionOptions } from "./session.ts";
export { Spares } from "./spares.ts";
export type { Stream, StreamHandler } from "./stream.ts";
export { currentTurn } from "./turn.ts";
export { Turns } from "./turns.ts";
