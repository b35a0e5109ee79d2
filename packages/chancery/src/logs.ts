import type { Writable } from "node:stream";
import { type Logger, pino } from "pino";
import pretty from "pino-pretty";
import { escapeControls, escapeJsonLine } from "./text-safety.ts";

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
   * Writes JSON lines of the same turn together, at its end: a fleet that connects would cost a system call for each
   * line. False by default.
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
  const base = { level, hooks: { streamWrite: escapeJsonLine } };
  if (format === "json") {
    return pino(
      { ...base, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: toLabel } },
      batch ? inBatches(stream) : stream,
    );
  }
  return pino({ ...base, serializers: { err: toSafeError } }, toPretty(stream, color && isTerminal));
}

function inBatches(stream: Writable): { write(line: string): void } {
  let lines = "";
  const flush = () => {
    stream.write(lines);
    lines = "";
  };
  return {
    write(line) {
      if (lines === "") setImmediate(flush);
      lines += line;
    },
  };
}

function toPretty(destination: Writable, colorize: boolean): pretty.PrettyStream {
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
