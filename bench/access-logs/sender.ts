import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { onLoadCore } from "../overload/cores.ts";
import type { Server } from "../server.ts";

export interface SenderOptions {
  readonly streams: number;
  readonly seconds: number;
  /** How many it tries to send; by default as many as are taken. */
  readonly entriesPerSecond?: number;
}

export interface Sent {
  /** Entries that were sent, and so are either taken or lost by the server. */
  readonly entries: number;
  /** Entries that were not sent because the server did not read: an Envoy drops those, and counts them. */
  readonly heldBack: number;
}

/** Sends access logs from a process of its own; ends when the server has read what was sent. */
export function startSender({ xds }: Pick<Server, "xds">, options: SenderOptions): { readonly ended: Promise<Sent> } {
  const { streams, seconds, entriesPerSecond = Number.POSITIVE_INFINITY } = options;
  const program = join(import.meta.dirname, "send.ts");
  const given = [program, xds, `${streams}`, `${seconds}`, `${entriesPerSecond}`];
  const [command, ...args] = onLoadCore(process.execPath, "--conditions=chancery-source", ...given);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  return { ended: finish(child.stdout, once(child, "close")) };
}

async function finish(output: NodeJS.ReadableStream, closed: Promise<unknown[]>): Promise<Sent> {
  const [written, [code]] = await Promise.all([text(output), closed]);
  if (code !== 0) throw new Error(`The sender of access logs ended with exit code ${code}`);
  return JSON.parse(written) as Sent; // by send.ts, in its last line
}
