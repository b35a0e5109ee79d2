import { z } from "zod";
import { escapeControls, escapeJsonLines } from "../text-safety.ts";
import { type ApiRequest, getJson, readHttpAddress } from "./api.ts";
import { type Io, UsageError } from "./command.ts";
import { follow, writeLine } from "./follow.ts";
import { oneOf } from "./one-of.ts";
import type { ServerSentEvent } from "./server-sent-events.ts";

/** What can be listed and followed, such as access logs. */
export interface Listing<T> {
  /** Where the API lists them; below that, at `/follow`, it tells of new ones. */
  readonly path: string;
  readonly query: NonNullable<ApiRequest["query"]>;
  readonly message: z.ZodType<T>;
  /** One line for people, in which nothing steers a terminal. */
  toLine(message: T): string;
  /** Whether the API lists the newest first. Default: false. */
  readonly newestFirst?: boolean;
}

export interface ListingOptions {
  readonly http: string;
  readonly follow: boolean;
  readonly limit: string | undefined;
  readonly format: string;
}

/** Writes what there is, the newest last, or with `follow` the last of it and what comes. Returns whether there is any. */
export async function showListing<T>(listing: Listing<T>, options: ListingOptions, io: Io): Promise<boolean> {
  const { path, query, message, toLine, newestFirst = false } = listing;
  const { http, follow: following, limit } = options;
  const format = oneOf("format", options.format, ["text", "json"]);
  if (limit !== undefined && !/^\d+$/.test(limit)) {
    throw new UsageError(`Cannot read --limit "${limit}": write a number, such as 100`);
  }
  const address = readHttpAddress(http);
  const { signal } = io;
  if (following) {
    const again = { path: `${path}/follow`, query, signal };
    const first = { ...again, query: { ...query, last: limit ?? "10" } };
    const toText = (event: ServerSentEvent) => (format === "json" ? event.data : eventToLine(event, listing));
    await follow(address, first, { io, toLine: toText, again });
    return true;
  }
  const found = await getJson(address, { path, query: { ...query, limit }, signal }, z.array(message));
  for (const one of newestFirst ? found.toReversed() : found) {
    const line = format === "json" ? escapeJsonLines(JSON.stringify(one)) : toLine(one);
    if (!(await writeLine(io, line))) break;
  }
  return found.length > 0;
}

function eventToLine<T>({ event, data }: ServerSentEvent, { message, toLine }: Listing<T>): string {
  const parsed = message.safeParse(JSON.parse(data));
  return parsed.success ? toLine(parsed.data) : escapeControls(`${event} ${data}`);
}
