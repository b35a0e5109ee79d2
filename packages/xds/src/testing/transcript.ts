import { resourceTypes } from "../resource/type.ts";
import { type Snapshot, toSnapshot } from "../snapshot/snapshot.ts";
import type { ClientStreamOptions } from "../stream/client-stream.ts";
import type { Variant } from "../stream/request.ts";
import { resourceOf } from "./content.ts";
import { type Counterpart, type Ended, type Patience, Unsayable } from "./counterpart.ts";
import {
  type Line,
  parseLine,
  type RefusalLine,
  type RequestLine,
  type ResponseLine,
  type SnapshotLine,
} from "./line.ts";
import { MemoryCounterpart } from "./memory.ts";
import { encodeRequest, literally } from "./request.ts";
import { formatResource, type HeardResource, type HeardResponse, readResponse } from "./response.ts";
import type { Statement } from "./statement.ts";
import { toShortName, toTypeUrl } from "./types.ts";

/**
 * Runs a conversation of one client with one stream of our own server, in memory, and rejects with a TranscriptError at
 * the first answer that is another than what is written. Requests and responses go through the wire format.
 *
 * ```
 * # All clusters, then one more.
 * snapshot clusters: a=1
 * > CDS                       a request; in SotW followed by names, in delta by +name, -name, and name=content it has
 * < CDS 1 a=1                 the response with nonce 1: resources by name and content, in delta also -name
 * snapshot clusters: a=1 b=1  a new snapshot; `snapshot @v1 …` gives it a version
 * > CDS ack 1                 or: nack 1 "why"; a SotW client says the version it has accepted, or what `@v1` says
 * < CDS 2 a=1 b=1             `< CDS @v1 2 …` also checks the version; `ack last` answers whatever came last
 * < nothing
 * ```
 * A resource is written `name=content~alias%30s!`: what follows the content is an alias, the time to live, and that it is
 * served on demand only. In a SotW response `[…]` is a resource in its wrapper.
 *
 * Other lines: `no snapshot`; `reconnect` (a new stream); `time passes` (the client has taken too long);
 * `heartbeat` (what has a time to live is due to be named again);
 * `! CODE "text"` (the stream ends with this status; the text is what our own server says).
 *
 * A server may do what the protocol leaves open: `<?` is a response, `(a=1)` a resource and `!?` an end that may come as
 * well as not; `<~` is a response that another statement is about. Our own server is held to more: of it the first two do
 * not come, and the last does.
 */
export async function runTranscript(
  variant: Variant,
  text: string,
  options: Omit<ClientStreamOptions, "variant"> = {},
): Promise<void> {
  await converse(new MemoryCounterpart({ variant, ...options }), text, { exact: true });
}

/** Shows a statement in memory. Rejects as runTranscript does. */
export async function runInMemory({ variant, transcript, service, readsWrapped, server }: Statement): Promise<void> {
  const only = resourceTypes.find(({ key }) => key === service);
  await runTranscript(variant, transcript, { only, readsWrapped, ...server });
}

export interface ConverseOptions {
  /**
   * True for our own server, which is known to the order of resources, the words of a refusal, and what it makes of what
   * the protocol leaves open. Default: false.
   */
  readonly exact?: boolean;
}

/** Holds a transcript with any server. Rejects with a TranscriptError, or Unsayable if a line cannot be said to it. */
export async function converse(counterpart: Counterpart, text: string, options: ConverseOptions = {}): Promise<void> {
  const { exact = false } = options;
  const conversation = new Conversation(counterpart, exact);
  await counterpart.open();
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    try {
      if ((await conversation.step(parseLine(line))) === "over") return;
    } catch (error) {
      throw error instanceof Mismatch ? new TranscriptError(index + 1, line, error.message) : error;
    }
  }
  const { unsaidEnd } = conversation;
  if (unsaidEnd !== undefined) throw new TranscriptError(0, "", formatEnd(unsaidEnd));
}

/** What was heard is not what is written. */
export class TranscriptError extends Error {
  override readonly name = "TranscriptError";
  /** Counts from 1; 0 if it is the end of the transcript. */
  readonly lineNumber: number;
  /** What is written. */
  readonly line: string;
  readonly heard: string;

  constructor(lineNumber: number, line: string, heard: string) {
    super(lineNumber === 0 ? `at the end: ${heard}` : `line ${lineNumber}, "${line}": ${heard}`);
    this.lineNumber = lineNumber;
    this.line = line;
    this.heard = heard;
  }
}

/** Says what was heard instead, until it is known where. */
class Mismatch extends Error {}

/** One transcript as it is held, line by line. */
class Conversation {
  readonly #counterpart: Counterpart;
  readonly #exact: boolean;
  #snapshot: Snapshot | undefined;
  /** True until the first request of the stream, which has to say who asks. */
  #unnamed = true;
  /** The responses of the stream, by what the transcript calls their nonces; and the last of each type. */
  #heard = new Map<string, HeardResponse>();
  /** The version that the client has accepted, by type: SotW. */
  #accepted = new Map<string, string>();
  /** The versions that the server gave resources, over all streams. */
  readonly #versions = new Map<string, string>();
  /** What was heard, and is not what an optional line says. */
  #kept: HeardResponse | undefined;
  /** True once the transcript has said that the stream ends. */
  #endSaid = false;

  constructor(counterpart: Counterpart, exact: boolean) {
    this.#counterpart = counterpart;
    this.#exact = exact;
  }

  /** How the stream ended, if the transcript does not say that it does. */
  get unsaidEnd(): Ended | undefined {
    return this.#endSaid ? undefined : this.#counterpart.ended;
  }

  /** Says or hears one line; "over" if nothing that follows matters. */
  async step(line: Line): Promise<"over" | undefined> {
    if (line.kind === "refusal") return this.#refusal(line);
    if (line.kind === "reconnect") return this.#reconnect();
    const { ended } = this.#counterpart;
    if (ended !== undefined) throw new Mismatch(formatEnd(ended));
    if (line.kind === "snapshot") await this.#publish(line);
    else if (line.kind === "request") this.#request(line);
    else if (line.kind === "response") await this.#response(line);
    else if (line.kind === "nothing") await this.#nothing();
    else if (line.kind === "time") this.#passTime();
    else this.#beat();
    return undefined;
  }

  async #reconnect(): Promise<undefined> {
    this.#unnamed = true;
    this.#heard = new Map();
    this.#accepted = new Map();
    this.#kept = undefined;
    this.#endSaid = false;
    await this.#counterpart.open();
  }

  async #publish({ version, content }: SnapshotLine): Promise<void> {
    const resources = Object.entries(content ?? {}).flatMap(([key, words]) => {
      const type = resourceTypes.find((candidate) => candidate.key === key);
      if (type === undefined) throw new TypeError(`There is no type "${key}"`);
      return words.map((word) => resourceOf(type.typeUrl, word));
    });
    this.#snapshot = content && toSnapshot(resources, { version, previous: this.#snapshot });
    await this.#counterpart.publish(this.#snapshot);
  }

  #request(line: RequestLine): void {
    const { variant, node } = this.#counterpart;
    const request = encodeRequest(variant, line, {
      node: this.#unnamed ? node : undefined,
      heardAs: (label, typeUrl) => this.#heard.get(label === "last" ? `last ${typeUrl}` : label),
      accepted: this.#accepted,
      versionOf: (typeUrl, word) =>
        this.#versions.get(toKey(typeUrl, word.name, word.content)) ?? literally().versionOf(typeUrl, word),
    });
    this.#unnamed = false;
    this.#counterpart.send(request);
  }

  async #response(line: ResponseLine): Promise<void> {
    if (line.from === "others" && this.#exact) return;
    const optional = line.from !== "all" && !this.#exact;
    const heard = await this.#hear(optional ? "medium" : "long");
    if (heard === undefined) {
      if (optional) return;
      throw new Mismatch("heard nothing");
    }
    if (this.#isSaid(line, heard)) this.#remember(line.label, heard);
    else if (optional) this.#kept = heard;
    else throw new Mismatch(`heard ${this.#format(line, heard)}`);
  }

  #remember(label: string, heard: HeardResponse): void {
    this.#heard.set(label, heard).set(`last ${heard.typeUrl}`, heard);
  }

  async #nothing(): Promise<void> {
    const heard = await this.#hear("short");
    if (heard !== undefined) throw new Mismatch(`heard ${this.#format(undefined, heard)}`);
  }

  async #refusal({ optional, code, text }: RefusalLine): Promise<"over" | undefined> {
    const heard = this.#counterpart.ended ?? (await this.#counterpart.hear("long"));
    if (heard === undefined && optional) return undefined;
    if (heard === undefined) throw new Mismatch("heard nothing");
    if (heard instanceof Uint8Array) {
      const response = this.#read(heard);
      if (!optional) throw new Mismatch(`heard ${this.#format(undefined, response)}`);
      this.#kept = response;
      return undefined;
    }
    const isSaid = heard.code !== "OK" && (code === undefined || heard.code === code);
    if (!isSaid || (this.#exact && !heard.message.includes(text))) throw new Mismatch(formatEnd(heard));
    this.#endSaid = true;
    // Only a new stream can follow an end that must be; what follows one that may be is about the stream that goes on.
    return optional ? "over" : undefined;
  }

  #passTime(): void {
    if (this.#counterpart.passTime === undefined) throw new Unsayable("nobody can make the server's time pass");
    this.#counterpart.passTime();
  }

  #beat(): void {
    if (this.#counterpart.beat === undefined) throw new Unsayable("nobody can say when a heartbeat is due");
    this.#counterpart.beat();
  }

  async #hear(patience: Patience): Promise<HeardResponse | undefined> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) return kept;
    const heard = await this.#counterpart.hear(patience);
    if (heard === undefined) return undefined;
    if (heard instanceof Uint8Array) return this.#read(heard);
    throw new Mismatch(formatEnd(heard));
  }

  /** Reads a response and checks what holds for every one: P7, P10 and P11. */
  #read(bytes: Uint8Array): HeardResponse {
    const heard = readResponse(this.#counterpart.variant, bytes);
    const { nonce, resources, removed, typeUrl } = heard;
    const fail = (why: string) => {
      throw new Mismatch(`heard ${this.#format(undefined, heard)}, ${why}`);
    };
    if (nonce === "") fail("without a nonce (P7)");
    if ([...this.#heard.values()].some((earlier) => earlier.nonce === nonce))
      fail(`with the nonce "${nonce}" again (P7)`);
    if (resources.some((resource) => (resource.typeUrl ?? typeUrl) !== typeUrl)) fail("with another type in it (P10)");
    const names = [...resources.map(({ name }) => name).filter((name) => name !== ""), ...removed];
    if (new Set(names).size < names.length) fail("with a name twice (P11)");
    for (const { name, content, version } of resources) this.#versions.set(toKey(typeUrl, name, content), version);
    return heard;
  }

  #isSaid(line: ResponseLine, { typeUrl, version, resources, removed }: HeardResponse): boolean {
    if (typeUrl !== toTypeUrl(line.type) || (line.version ?? version) !== version) return false;
    const words = toWords(resources, removed);
    const said = this.#exact ? words : words.filter((word) => !line.optionalResources.includes(word)).sort();
    const expected = this.#exact ? line.resources : line.resources.toSorted();
    return said.length === expected.length && said.every((word, index) => word === expected[index]);
  }

  /** A response as the transcript would have it, with a version if there it has one. */
  #format(line: ResponseLine | undefined, { typeUrl, version, resources, removed }: HeardResponse): string {
    const shown = line?.version === undefined ? [] : [`@${version}`];
    const label = line?.label ?? "?";
    const words = toWords(resources, removed);
    return `"< ${[toShortName(typeUrl), ...shown, label, ...(this.#exact ? words : words.sort())].join(" ")}"`;
  }
}

function toWords(resources: readonly HeardResource[], removed: readonly string[]): string[] {
  return [...resources.map(formatResource), ...removed.map((name) => `-${name}`)];
}

function toKey(typeUrl: string, name: string, content: string | undefined): string {
  return `${typeUrl} ${name}=${content}`;
}

function formatEnd({ code, message }: Ended): string {
  return `the stream ended with ${code}${message === "" ? "" : `: ${message}`}`;
}
