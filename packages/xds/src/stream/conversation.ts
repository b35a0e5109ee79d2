import type { ResourceType } from "../resource/type.ts";
import type { Frame } from "./frame.ts";
import type { RequestError } from "./request.ts";

/** One response, to be written as `prefix` and then the frame's chunks. */
export interface Response {
  readonly type: ResourceType;
  readonly version: string;
  readonly nonce: string;
  /** What differs from stream to stream: the nonce as a field, and who answers. */
  readonly prefix: Uint8Array;
  readonly frame: Frame;
}

/** What a request meant. */
export type Receipt =
  | { readonly kind: "subscribe"; readonly type: ResourceType }
  | { readonly kind: "stale"; readonly type: ResourceType }
  | { readonly kind: "ack"; readonly type: ResourceType; readonly version: string; readonly nonce: string }
  | {
      readonly kind: "nack";
      readonly type: ResourceType;
      readonly version: string;
      readonly nonce: string;
      readonly error: RequestError;
      /** Names of the resources that were new or changed in the response. */
      readonly resources: readonly string[];
      /** Those of them that the error names. */
      readonly culprits: readonly string[];
    };

/** The client broke the protocol: its stream ends with INVALID_ARGUMENT. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}
