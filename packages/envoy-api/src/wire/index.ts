/** Protobuf wire format, read and written by hand: for code that walks envelopes without decoding what is in them. */
export { WireReader } from "./reader.ts";
export { WireError } from "./wire-error.ts";
export { makeTag, sizeOfVarint, WireType } from "./wire-type.ts";
export { WireWriter } from "./writer.ts";
