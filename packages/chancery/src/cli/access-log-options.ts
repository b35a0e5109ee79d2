import type { AccessLogsOptions } from "../services/access-logs/access-logs.ts";
import type { FileSinkOptions } from "../services/access-logs/file-sink.ts";
import type { OtlpSinkOptions } from "../services/access-logs/otlp-sink.ts";
import { type Options, UsageError, type Values } from "./command.ts";
import { readNumber } from "./read-number.ts";

/** The options of `serve` about access logs. */
export const accessLogOptions = {
  "access-log-file": { type: "string", value: "PATH", help: "Write access logs to a file, as lines of JSON" },
  "access-log-file-size": {
    type: "string",
    value: "MIB",
    help: "Size at which that file is put aside; 100 by default",
  },
  "access-log-files": { type: "string", value: "N", help: "How many such files are kept; 5 by default" },
  "access-log-otlp": { type: "string", value: "URL", help: "Export access logs to a collector of OpenTelemetry" },
  "access-log-otlp-header": {
    type: "string",
    multiple: true,
    value: "NAME=VALUE",
    help: "A header of those exports, such as a key",
  },
} as const satisfies Options;

type AccessLogValues = Values<typeof accessLogOptions>;

/** What the values of these options mean. */
export function toAccessLogsOptions(values: AccessLogValues): AccessLogsOptions {
  return { file: toFileSink(values), otlp: toOtlpSink(values) };
}

function toFileSink(values: AccessLogValues): FileSinkOptions | undefined {
  const { "access-log-file": path, "access-log-file-size": size, "access-log-files": files } = values;
  if (path === undefined) {
    requireWith("--access-log-file PATH", { "access-log-file-size": size, "access-log-files": files });
    return undefined;
  }
  return {
    path,
    ...(size !== undefined && { maxBytes: readAtLeastOne("access-log-file-size", size) * 1024 * 1024 }),
    ...(files !== undefined && { maxFiles: readAtLeastOne("access-log-files", files) }),
  };
}

function toOtlpSink(values: AccessLogValues): OtlpSinkOptions | undefined {
  const { "access-log-otlp": url, "access-log-otlp-header": headers } = values;
  if (url === undefined) {
    requireWith("--access-log-otlp URL", { "access-log-otlp-header": headers[0] });
    return undefined;
  }
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new UsageError(`Cannot export to --access-log-otlp "${url}": write a URL, such as http://127.0.0.1:4318`);
  }
  return { url, headers: Object.fromEntries(headers.map(readHeader)) };
}

function requireWith(main: string, options: Readonly<Record<string, string | undefined>>): void {
  const [given] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (given !== undefined) throw new UsageError(`Cannot use --${given} without ${main}`);
}

function readAtLeastOne(option: string, text: string): number {
  const number = readNumber(option, text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new UsageError(`Cannot use --${option} "${text}": write a whole number from 1 on`);
}

function readHeader(text: string): [name: string, value: string] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+)=([\t\x20-\x7e]*)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  // It may hold a key, so that it is not repeated.
  throw new UsageError("Cannot read --access-log-otlp-header: write NAME=VALUE, such as x-api-key=abc");
}
