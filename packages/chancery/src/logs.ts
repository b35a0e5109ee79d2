import type { Writable } from "node:stream";
import { type Logger, pino } from "pino";
import type { PrettyStream } from "pino-pretty";
import { pinoPretty } from "./lazy.ts";
import { escapeControls, escapeJsonLines } from "./text-safety.ts";

export type { Logger } from "pino";

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ["pretty", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

export interface LogOptions {
  /** `info` by default. */
  readonly level?: LogLevel;
  /** For people or for programs; by default for people if the stream is a terminal. */
  readonly format?: LogFormat;
  /** Colours where the stream is a terminal; true by default. */
  readonly color?: boolean;
  /**
   * Writes JSON lines that come at once, or within 10 ms of others, together: a fleet that connects would cost a system
   * call for each line. False by default.
   */
  readonly batch?: boolean;
}

/**
 * Writes logs to a stream. A message says all that a person needs, so that is what `pretty` shows; its fields say the
 * same to programs.
 */
export function createLogger(stream: Writable, options: LogOptions = {}): Logger {
  const isTerminal = "isTTY" in stream && stream.isTTY === true;
  const { level = "info", format = isTerminal ? "pretty" : "json", color = true, batch = false } = options;
  if (format === "json") {
    const lines = { write: (text: string) => stream.write(escapeJsonLines(text)) };
    return pino(
      { level, base: null, timestamp: timeField, formatters: { level: toLabel } },
      batch ? inBatches(lines) : lines,
    );
  }
  const hooks = { streamWrite: escapeJsonLines };
  return pino({ level, hooks, serializers: { err: toSafeError } }, toPretty(stream, color && isTerminal));
}

/** Where the logger's lines go. */
interface Lines {
  write(text: string): void;
}

/** Lines that come so soon after others were written wait for more. */
const batchMs = 10;

function inBatches(target: Lines): Lines {
  let waiting = "";
  let quietAtMs = 0;
  const flush = () => {
    process.off("exit", flush);
    target.write(waiting);
    waiting = "";
    quietAtMs = performance.now() + batchMs;
  };
  return {
    write(line) {
      if (waiting === "") {
        if (performance.now() < quietAtMs) setTimeout(flush, batchMs);
        else setImmediate(flush);
        process.on("exit", flush);
      }
      waiting += line;
    },
  };
}

let timeMs = 0;
let timeText = "";

/** The time as pino wants it, written once for all lines of a millisecond. */
function timeField(): string {
  const nowMs = Date.now();
  if (nowMs !== timeMs) {
    timeMs = nowMs;
    timeText = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return timeText;
}

function toPretty(destination: Writable, colorize: boolean): PrettyStream {
  const pretty = pinoPretty();
  return pretty({
    destination,
    colorize,
    include: "time,level,err",
    translateTime: "SYS:HH:MM:ss.l",
    messageFormat: (log, messageKey) => escapeControls(String(log[messageKey])),
  });
}

function toSafeError(error: Error): { type: string; stack: string } {
  const { type, stack } = pino.stdSerializers.err(error);
  return { type, stack: stack.split("\n").map(escapeControls).join("\n") };
}

function toLabel(label: string): { level: string } {
  return { level: label };
}

/** A logger that says nothing, for those who give none. */
export function silentLogger(): Logger {
  return pino({ level: "silent" });
}
