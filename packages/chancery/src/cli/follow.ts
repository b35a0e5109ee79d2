import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { type Address, formatAddress } from "../address.ts";
import { ChanceryError, isSystemError } from "../errors.ts";
import { type ApiRequest, callApi, notChancery } from "./api.ts";
import type { Io } from "./command.ts";
import { readServerSentEvents, type ServerSentEvent } from "./server-sent-events.ts";

interface Follower {
  readonly io: Io;
  /** What is written of an event. */
  toLine(event: ServerSentEvent): string;
  /** What is asked for when a control plane that was gone is there again. Default: the same as at first. */
  readonly again?: ApiRequest;
}

/** Writes events until nobody reads them, or Ctrl-C. A control plane that was reached once is waited for when it is gone. */
export async function follow(address: Address, request: ApiRequest, follower: Follower): Promise<void> {
  try {
    await followOn(address, request, follower);
  } catch (error) {
    if (!request.signal.aborted) throw error;
  }
}

async function followOn(address: Address, request: ApiRequest, follower: Follower): Promise<void> {
  const { io, toLine, again = request } = follower;
  const name = formatAddress(address);
  const say = (line: string) => io.stderr.write(`${line}\n`);
  let response = await callApi(address, request);
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) {
    await response.body?.cancel();
    throw notChancery(address, `its answer to ${request.path} is no stream of events`);
  }
  for (;;) {
    say(`Following the control plane at "${name}"; Ctrl-C ends`);
    try {
      for await (const event of readServerSentEvents(bodyOf(response))) {
        if (!(await writeLine(io, toLine(event)))) return;
      }
    } catch (error) {
      // What fetch says when a connection breaks.
      if (!(error instanceof TypeError) || request.signal.aborted) throw error;
    }
    say(`The control plane at "${name}" is gone; trying to reach it again`);
    response = await callAgain(address, again);
  }
}

async function* bodyOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body;
}

async function callAgain(address: Address, request: ApiRequest): Promise<Response> {
  const { signal } = request;
  for (let delayMs = 100; ; delayMs = Math.min(delayMs * 2, 5_000)) {
    await setTimeout(delayMs, undefined, { signal });
    try {
      return await callApi(address, request);
    } catch (error) {
      if (!(error instanceof ChanceryError)) throw error;
    }
  }
}

/** Resolves with false when nobody reads any more. */
export async function writeLine({ stdout, signal }: Io, line: string): Promise<boolean> {
  try {
    if (!stdout.write(`${line}\n`)) await once(stdout, "drain", { signal });
    return !stdout.destroyed;
  } catch (error) {
    // A reader such as `head` may close the pipe early, which is its right.
    if (isSystemError(error) && error.code === "EPIPE") return false;
    throw error;
  }
}
