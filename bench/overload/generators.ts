import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { CallCase, OverloadCase, StreamCase } from "./cases.ts";
import { onLoadCore } from "./cores.ts";
import type { MessageLoad, MessagesSent } from "./send-messages.ts";

export interface Effort {
  /** Where the service is, `HOST:PORT`. */
  readonly address: string;
  readonly seconds: number;
  /** Messages or calls a second, however they are answered; as many as are taken, if it is left out. */
  readonly perSecond?: number;
  readonly signal: AbortSignal;
}

/** What came of it, in messages or calls. */
export interface Sent {
  /** What the server must have counted, in its own unit, as taken or dropped. */
  readonly counted: number;
  readonly sent: number;
  /** Answered as UNAVAILABLE. */
  readonly refused: number;
  /** Due, but never sent, because the server did not read or owed too many answers. */
  readonly heldBack: number;
}

const connections = 64;
const streams = 20;

/** Sends to a service from a process of its own, on the core for that. `flood` is the program for calls. */
export async function generate(what: OverloadCase, effort: Effort, flood: string): Promise<Sent> {
  return what.kind === "calls" ? makeCalls(what, effort, flood) : sendMessages(what, effort);
}

const ended = z.object({
  sent: z.number(),
  held_back: z.number(),
  ok: z.number(),
  unavailable: z.number(),
  other: z.number(),
});

async function makeCalls(
  { name, method, request, counting, inFlight }: CallCase,
  effort: Effort,
  flood: string,
): Promise<Sent> {
  const { address, seconds, perSecond = 0, signal } = effort;
  const flags = {
    ...{ addr: address, method, request: Buffer.from(request).toString("hex"), seconds, rate: perSecond },
    ...{ connections, "in-flight": perSecond === 0 ? connections * 2 : inFlight },
  };
  const args = Object.entries(flags).flatMap(([flag, value]) => [`-${flag}`, String(value)]);
  const [command = flood, ...given] = onLoadCore(flood, ...args, ...(counting ? [] : ["-fixed"]));
  const { stdout } = await promisify(execFile)(command, given, { signal });
  const { sent, held_back: heldBack, unavailable: refused, other } = ended.parse(JSON.parse(stdout));
  if (other > 0) throw new Error(`${name}: ${other} calls ended neither as OK nor as UNAVAILABLE`);
  return { counted: sent, sent, refused, heldBack };
}

async function sendMessages(what: StreamCase, effort: Effort): Promise<Sent> {
  const { first, messages, method, perMessage, perFirst } = what;
  const { address, seconds, perSecond, signal } = effort;
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const load: MessageLoad = {
    ...{ address, method, seconds },
    firsts: Array.from({ length: streams }, (_, index) => base64(first(`edge-${index}`))),
    messages: messages.map(base64),
    messagesPerSecond: perSecond,
  };
  const [command, ...args] = onLoadCore(process.execPath, "--conditions=chancery-source");
  const program = join(import.meta.dirname, "send-messages.ts");
  const child = fork(program, { execPath: command, execArgv: args, signal });
  child.send(load);
  const [told] = await Promise.race([once(child, "message"), failed(once(child, "exit"))]);
  const sent: MessagesSent = told; // by send-messages.ts
  const { heldBack, refused, refusedMessages } = sent;
  const counted = sent.messages * perMessage + sent.streams * perFirst;
  return { counted, sent: sent.messages + refusedMessages, refused: refused + refusedMessages, heldBack };
}

async function failed(exit: Promise<unknown[]>): Promise<never> {
  throw new Error(`The sender of messages ended with exit code ${(await exit)[0]}`);
}
