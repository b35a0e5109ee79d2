import assert from "node:assert/strict";
import { resourceTypes } from "../resource/type.ts";
import { type Snapshot, toSnapshot } from "../snapshot/snapshot.ts";
import { ClientStream, type ClientStreamOptions } from "../stream/client-stream.ts";
import { ProtocolError } from "../stream/conversation.ts";
import { readRequest, type Variant } from "../stream/request.ts";
import { encodeRequest, formatResponse, type Line, parseLine, resourceOf } from "./line.ts";

/**
 * Runs a conversation of one client with one stream, and fails at the first answer that is another than what is written.
 * Requests and responses go through the wire format.
 *
 * ```
 * # All clusters, then one more.
 * snapshot clusters: a=1
 * > CDS                       a request; in SotW followed by names, in delta by +name, -name, and name=content it has
 * < CDS 1 a=1                 the response with nonce 1: resources by name and content, in delta also -name
 * snapshot clusters: a=1 b=1  a new snapshot; `snapshot @v1 …` gives it a version
 * > CDS ack 1                 or: nack 1 "why"
 * < CDS 2 a=1 b=1             `< CDS @v1 2 …` also checks the version
 * < nothing
 * ```
 * A resource is written `name=content~alias%30s!`: what follows the content is an alias, the time to live, and that it is
 * served on demand only. In a SotW response `[…]` is a resource in its wrapper.
 *
 * Other lines: `no snapshot`; `reconnect` (a new stream); `time passes` (the client has taken too long);
 * `heartbeat` (what has a time to live is due to be named again);
 * `! text` (the request before is refused, with an error that has this text).
 */
export function runTranscript(
  variant: Variant,
  text: string,
  options: Omit<ClientStreamOptions, "variant"> = {},
): void {
  const run = new Run(variant, options);
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    try {
      run.step(parseLine(line));
    } catch (error) {
      if (error instanceof Error) error.message = `line ${index + 1}, "${line}": ${error.message}`;
      throw error;
    }
  }
  run.end();
}

class Run {
  readonly #variant: Variant;
  readonly #options: Omit<ClientStreamOptions, "variant">;
  #stream: ClientStream;
  #snapshot: Snapshot | undefined;
  #refusal: ProtocolError | undefined;

  constructor(variant: Variant, options: Omit<ClientStreamOptions, "variant">) {
    this.#variant = variant;
    this.#options = options;
    this.#stream = new ClientStream({ variant, ...options });
  }

  step(line: Line): void {
    if (line.kind !== "refused") this.end();
    switch (line.kind) {
      case "snapshot":
        this.#snapshot = line.content && this.#toSnapshot(line);
        this.#stream.observe(this.#snapshot);
        break;
      case "request":
        this.#request(encodeRequest(this.#variant, line));
        break;
      case "response":
        assert.equal(this.#next(line.showVersion), line.text);
        break;
      case "nothing":
        assert.equal(this.#next(false), undefined);
        break;
      case "reconnect":
        this.#stream = new ClientStream({ variant: this.#variant, ...this.#options });
        this.#stream.observe(this.#snapshot);
        break;
      case "time":
        assert.ok(this.#stream.isWaiting, "nothing is held back");
        this.#stream.release();
        break;
      case "beat":
        this.#stream.beat();
        break;
      case "refused":
        assert.ok(this.#refusal?.message.includes(line.text), `refused with: ${this.#refusal?.message}`);
        this.#refusal = undefined;
        break;
    }
  }

  /** Fails if a request was refused and the transcript does not say so. */
  end(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  #request(bytes: Uint8Array): void {
    try {
      this.#stream.receive(readRequest(this.#variant, bytes, (typeUrl) => this.#stream.likelyNames(typeUrl)));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#refusal = error;
    }
  }

  #next(showVersion: boolean): string | undefined {
    const response = this.#stream.next();
    if (response === undefined) return undefined;
    const { prefix, frame } = response;
    const bytes = Buffer.concat([prefix, ...frame.chunks]);
    assert.equal(bytes.length, prefix.length + frame.length, "the frame's length is that of its chunks");
    return formatResponse(this.#variant, bytes, showVersion);
  }

  #toSnapshot({ version, content }: Extract<Line, { kind: "snapshot" }>): Snapshot {
    const resources = Object.entries(content ?? {}).flatMap(([key, entries]) => {
      const type = resourceTypes.find((candidate) => candidate.key === key);
      assert.ok(type, `unknown type "${key}"`);
      return entries.map((word) => resourceOf(type.typeUrl, word));
    });
    return toSnapshot(resources, { version, previous: this.#snapshot });
  }
}
