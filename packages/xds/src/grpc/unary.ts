import { toFrame } from "./frame.ts";
import type { GrpcCall, OpenHandler } from "./handler.ts";
import { Code, StatusError } from "./status.ts";

/** Serves a method with one request and one response. */
export function unary(handler: (request: Uint8Array, call: GrpcCall) => Promise<Uint8Array> | Uint8Array): OpenHandler {
  return (call) => {
    let request: Uint8Array | undefined;
    const respond = (response: Uint8Array): void => {
      call.write(toFrame(response));
      call.end();
    };
    return {
      headers: "with-first-message",
      message(bytes) {
        if (request !== undefined) throw new StatusError(Code.UNIMPLEMENTED, "a unary call has one request, not two");
        request = bytes;
      },
      end() {
        if (request === undefined) throw new StatusError(Code.UNIMPLEMENTED, "a unary call needs a request");
        const response = handler(request, call);
        return response instanceof Promise ? response.then(respond) : respond(response);
      },
    };
  };
}
