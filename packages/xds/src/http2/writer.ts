import type { Duplex } from "node:stream";

/** Up to so many bytes are joined: one copy is cheaper than a write that has many parts. */
const JOINED_BYTES = 4096;

const NOTHING = new Uint8Array(0);

/** Hands the frames of one connection to its socket: what comes at once leaves as one write. */
export class Writer {
  readonly #socket: Duplex;
  readonly #onFlushed: () => void;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #wanted = false;
  #asked = 0;
  /** Whether what is queued leaves soon. */
  #isDue = false;

  /** `onFlushed` is called for what was wanted by {@link want}. */
  constructor(socket: Duplex, onFlushed: () => void) {
    this.#socket = socket;
    this.#onFlushed = onFlushed;
  }

  /** Bytes that the kernel has not taken yet. */
  get queuedBytes(): number {
    return this.#bytes + this.#socket.writableLength;
  }

  push(chunk: Uint8Array): void {
    this.hold(chunk);
    if (this.#isDue) return;
    this.#isDue = true;
    flushSoon(this);
  }

  /** Has a chunk leave with what is pushed next. */
  hold(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    this.#chunks.push(chunk);
  }

  /** Has `onFlushed` called once some of what is queued has left. */
  want(): void {
    this.#wanted = true;
    if (this.#asked === 0 && !this.#isDue) this.push(NOTHING);
  }

  flush(): void {
    this.#isDue = false;
    const [chunks, socket] = [this.#chunks, this.#socket];
    const last = socket.writable ? chunks.pop() : undefined;
    if (last === undefined) {
      chunks.length = 0;
      this.#bytes = 0;
      return;
    }
    const callback = this.#wanted ? () => this.#flushed() : undefined;
    if (callback !== undefined) this.#asked++;
    if (chunks.length === 0) {
      socket.write(last, callback);
    } else if (this.#bytes <= JOINED_BYTES) {
      chunks.push(last);
      socket.write(Buffer.concat(chunks, this.#bytes), callback);
    } else {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.write(last, callback);
      socket.uncork();
    }
    chunks.length = 0;
    this.#bytes = 0;
  }

  #flushed(): void {
    this.#asked--;
    if (!this.#wanted) return;
    this.#wanted = false;
    // Who answers each drain with a message must leave turns of the event loop to others, however fast it is taken.
    setImmediate(this.#onFlushed);
  }
}

const waiting: Writer[] = [];

/** One task for all connections that something is written to in the same one. */
function flushSoon(writer: Writer): void {
  if (waiting.push(writer) === 1) queueMicrotask(flushLast);
}

/** What promises that have been kept already lead to is to leave in the same write. */
function flushLast(): void {
  process.nextTick(flushAll);
}

function flushAll(): void {
  for (const writer of waiting) writer.flush();
  waiting.length = 0;
}
