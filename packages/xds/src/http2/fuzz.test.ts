// Bytes that are nearly HTTP/2: many more with `CHANCERY_LONG=1`; `CHANCERY_FUZZ_SEED` begins with the conversation that failed.
import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { Random } from "../../../../features/robustness/harness/random.ts";
import { scaled } from "../../../../features/robustness/harness/scale.ts";
import { frameOf, HEAD_BYTES, ping, reset, settings, windowUpdate } from "./frame.ts";
import { encodeHeaders } from "./hpack/encoder.ts";
import { Session, type Stream, Turns } from "./index.ts";
import { data, headers, PREFACE, request } from "./testdata/peer.ts";
import { defaults } from "./testdata/serve.ts";

const runs = scaled(3_000, 300_000);
const firstSeed = Number(process.env.CHANCERY_FUZZ_SEED ?? 1);

/** What a connection may hold back for a client that does not read, beside what its windows let it send. */
const MAX_HELD_BYTES = 2 << 20;

const OK = encodeHeaders([[":status", "200"]]);
/** The same in all conversations, as what many clients get is. */
const LARGE_BYTES = 150_000;
const LARGE = [Buffer.alloc(LARGE_BYTES)];
const END = encodeHeaders([["grpc-status", "0"]]);

test(`${runs} conversations that are nearly HTTP/2 end in GOAWAY, or go on`, async () => {
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    try {
      await converse(new Random(seed));
    } catch (cause) {
      throw new Error(`It fails with CHANCERY_FUZZ_SEED=${seed}`, { cause });
    }
  }
});

async function converse(random: Random): Promise<void> {
  const reads = !random.chance(5);
  const client = new Client(reads);
  const streams = { opened: 0, closed: 0 };
  let closed = 0;
  const session = new Session(
    client,
    {
      ...defaults,
      turns: new Turns(1 << 20),
      maxWriteBytes: 1 << random.below(20),
      streamWindowBytes: 1 + random.below(100_000),
      connectionWindowBytes: 1 + random.below(200_000),
      maxConcurrentStreams: 1 + random.below(10),
      maxHeaderListBytes: 100 + random.below(20_000),
      maxIdleFramesPerMinute: 50,
      maxPingsPerMinute: 50,
      maxRapidResetsPerMinute: 50,
    },
    {
      onStream(stream) {
        streams.opened++;
        serve(stream, random, () => streams.closed++);
      },
      onFlood() {},
      onClose: () => closed++,
    },
  );

  const said = Buffer.concat([PREFACE, settings(someSettings(random)), ...conversation(random)]);
  if (random.chance(3)) mutate(said, random);
  for (let offset = 0; offset < said.length; ) {
    const end = offset + 1 + random.below(random.chance(3) ? 20 : 40_000);
    client.push(said.subarray(offset, end));
    offset = end;
    if (random.chance(3)) await new Promise(setImmediate);
    if (random.chance(20)) session.drain();
    if (random.chance(10)) session.pause();
    else if (session.paused) session.resume();
    assert.ok(client.writableLength < MAX_HELD_BYTES, `${client.writableLength} bytes are held`);
  }
  if (session.paused) session.resume();
  do await new Promise(setImmediate);
  while (reads && client.writableLength > 0);

  if (session.closed) assert.ok(!reads || client.types().includes(7), "it ended without a GOAWAY");
  session.destroy();
  await new Promise(setImmediate);
  assert.equal(closed, 1);
  assert.equal(streams.closed, streams.opened);
  client.types();
}

/** The other end of the socket. What it is sent is well formed, which `types` checks, or it never reads it. */
class Client extends Duplex {
  readonly #reads: boolean;
  readonly #chunks: Buffer[] = [];

  constructor(reads: boolean) {
    super();
    this.#reads = reads;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, callback: () => void): void {
    if (!this.#reads) return;
    this.#chunks.push(chunk);
    setImmediate(callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "utf8", callback);
  }

  /** The types of the frames that came. */
  types(): number[] {
    const types: number[] = [];
    let bytes = Buffer.concat(this.#chunks);
    while (bytes.length > 0) {
      assert.ok(bytes.length >= HEAD_BYTES, "a frame is cut off");
      const end = HEAD_BYTES + bytes.readUIntBE(0, 3);
      assert.ok(bytes.length >= end, "a frame is cut off");
      assert.ok((bytes[3] ?? 99) <= 9, "a frame has an unknown type");
      types.push(bytes[3] ?? 0);
      bytes = bytes.subarray(end);
    }
    return types;
  }
}

/** Does with a stream what a handler may, at any time. */
function serve(stream: Stream, random: Random, onClosed: () => void): void {
  let over = false;
  const act = () => {
    const chunk = Buffer.alloc(random.below(random.chance(4) ? 100_000 : 100));
    random.pick([
      () => stream.respond(OK),
      () => stream.writable && stream.write(2 * chunk.length, chunk, [chunk]),
      () => stream.writable && stream.write(chunk.length + LARGE_BYTES, chunk, LARGE),
      () => stream.end(END),
      () => stream.reset(8),
      () => stream.pause(),
      () => stream.resume(),
    ])();
  };
  stream.serve({
    received() {
      assert.equal(over, false);
      act();
    },
    receivedAll() {
      assert.equal(over, false);
      act();
    },
    drained: act,
    closed() {
      assert.equal(over, false);
      over = true;
      onClosed();
    },
  });
  stream.resume();
  if (random.chance(2)) act();
}

function conversation(random: Random): Buffer[] {
  let last = -1;
  const streamId = () => (random.chance(6) ? random.below(50) : Math.max(1, last - 2 * random.below(4)));
  const flags = () => (random.chance(4) ? random.below(256) : random.pick([0, 1]));
  const open = () => {
    last += 2;
    const more = Array.from({ length: random.below(6) }, (): [string, string] => [
      random.pick(["a", "te", "content-length", "x-long", "cookie", "A", ":path"]),
      random.pick(["trailers", "5", "v".repeat(random.below(3_000)), ""]),
    ]);
    return headers(last, {
      flags: random.pick([4, 5, 4, 0, 12, 36]),
      block: request(...(random.chance(3) ? more : [])),
    });
  };
  const kinds: readonly (() => Buffer)[] = [
    open,
    open,
    () => data(streamId(), Buffer.alloc(random.below(random.chance(5) ? 16_384 : 50)), flags()),
    () => data(streamId(), Buffer.alloc(random.below(50)), flags()),
    () => frameOf(9, random.pick([0, 4]), streamId(), random.bytes(random.below(20))),
    () => frameOf(1, random.below(64), streamId(), random.bytes(random.below(60))),
    () => reset(streamId(), random.below(15)),
    () => windowUpdate(random.chance(2) ? 0 : streamId(), random.chance(8) ? 2 ** 31 - 1 : random.below(100_000)),
    () => settings(someSettings(random)),
    () => ping(Buffer.alloc(8), flags()),
    () => frameOf(2, 0, streamId(), random.bytes(5)),
    () => frameOf(7, 0, 0, Buffer.alloc(8)),
    () => frameOf(random.below(256), flags(), streamId(), random.bytes(random.below(30))),
  ];
  return Array.from({ length: 1 + random.below(60) }, () => {
    const say = random.pick(random.chance(2) ? kinds.slice(0, 4) : kinds) ?? open;
    return say();
  });
}

function someSettings(random: Random): (readonly [number, number])[] {
  return Array.from({ length: random.below(4) }, () =>
    random.pick<readonly [number, number]>([
      [1, random.below(5_000)],
      [2, 0],
      [3, random.below(100)],
      [4, random.below(200_000)],
      [5, 16_384 + random.below(100_000)],
      [6, random.below(100_000)],
      [random.below(10), random.below(2 ** 31)],
    ]),
  );
}

function mutate(bytes: Buffer, random: Random): void {
  for (let count = 1 + random.below(5); count > 0; count--) {
    const offset = PREFACE.length + random.below(bytes.length - PREFACE.length);
    bytes[offset] = random.below(256);
  }
}
