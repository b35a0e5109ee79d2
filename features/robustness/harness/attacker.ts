// Run by a crew: what a broken or hostile client does, on bare sockets.
import { connect as connectSocket, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { encodeRequest } from "./encode-request.ts";
import { encodeHeaders, flags, preface, toH2Frame, types } from "./h2-frame.ts";
import { Random } from "./random.ts";
import { type Address, clusterType, toGrpc } from "./xds-client.ts";

const adsPath = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const hello = Buffer.concat([preface, toH2Frame(types.settings, 0, 0), toH2Frame(types.settings, flags.ack, 0)]);

export interface Outcome {
  /** True if the server closed the connection, or all of them. */
  readonly closed: boolean;
  readonly ms: number;
  readonly bytesSent: number;
}

/** 300 connections that never get to a call: resolves when the server has closed them all. */
export async function halfOpen(address: Address, count: number): Promise<Outcome> {
  const start = performance.now();
  const unfinished = toH2Frame(types.headers, 0, 1, encodeHeaders(adsPath).subarray(0, 20));
  const openings = [
    Buffer.alloc(0),
    preface.subarray(0, 10),
    preface,
    Buffer.concat([hello, unfinished]),
    hello,
    Buffer.concat([preface, toH2Frame(types.settings, 0, 0)]),
  ];
  const closes = Array.from({ length: count }, async (_, index) => {
    const target = open(address);
    target.socket.write(openings[index % openings.length] ?? preface);
    await target.closed;
  });
  await Promise.all(closes);
  return { closed: true, ms: performance.now() - start, bytesSent: 0 };
}

/** Frames without end on one connection, for `ms` or until the server ends it. */
export async function flood(address: Address, kind: keyof typeof floods, ms: number): Promise<Outcome> {
  const { opening = Buffer.alloc(0), next }: Flood = floods[kind];
  const start = performance.now();
  const target = open(address);
  target.socket.write(Buffer.concat([hello, opening]));
  let streams = 0;
  while (!target.isClosed() && performance.now() - start < ms) {
    const frames = Buffer.concat(Array.from({ length: 100 }, () => next(2 * ++streams + 1)));
    if (!target.socket.write(frames)) await Promise.race([target.drained(), target.closed, sleep(ms)]);
    else await new Promise(setImmediate);
  }
  const outcome = { closed: target.isClosed(), ms: performance.now() - start, bytesSent: target.socket.bytesWritten };
  target.socket.destroy();
  return outcome;
}

const request = encodeHeaders(adsPath);
const firstRequest = toGrpc(encodeRequest("delta", { node: "flood", typeUrl: clusterType }));
const openCall = toH2Frame(types.headers, flags.endHeaders, 1, request);

interface Flood {
  readonly opening?: Buffer;
  next(stream: number): Buffer;
}

const floods = {
  CONTINUATION: {
    opening: toH2Frame(types.headers, 0, 1, request),
    next: () => toH2Frame(types.continuation, 0, 1, literal("x", "y".repeat(100))),
  },
  "rapid reset": {
    next: (stream) => Buffer.concat([toH2Frame(types.headers, flags.endHeaders, stream, request), reset(stream)]),
  },
  "request and reset": {
    next: (stream) =>
      Buffer.concat([
        toH2Frame(types.headers, flags.endHeaders, stream, request),
        toH2Frame(types.data, 0, stream, firstRequest),
        reset(stream),
      ]),
  },
  PING: { next: () => toH2Frame(types.ping, 0, 0, Buffer.alloc(8)) },
  SETTINGS: { next: () => toH2Frame(types.settings, 0, 0, Buffer.from([0, 3, 0, 0, 0, 100])) },
  PRIORITY: { next: () => toH2Frame(types.priority, 0, 1, Buffer.from([0, 0, 0, 3, 16])) },
  WINDOW_UPDATE: { next: () => toH2Frame(types.windowUpdate, 0, 0, Buffer.from([0, 0, 0, 1])) },
  "empty DATA": { opening: openCall, next: () => toH2Frame(types.data, 0, 1) },
  "empty messages": { opening: openCall, next: () => toH2Frame(types.data, 0, 1, Buffer.alloc(50)) },
  "unknown frames": { next: () => toH2Frame(0xee, 0, 0, Buffer.alloc(10)) },
  "xDS requests": {
    opening: Buffer.concat([openCall, toH2Frame(types.data, 0, 1, firstRequest)]),
    next: () => toH2Frame(types.data, 0, 1, toGrpc(encodeRequest("delta", { typeUrl: clusterType, names: ["a"] }))),
  },
} satisfies Readonly<Record<string, Flood>>;

/** What is wrong at once: resolves when the server has closed the connection, or after `ms`. */
export async function oneShot(address: Address, kind: keyof typeof shots, ms: number): Promise<Outcome> {
  const start = performance.now();
  const target = open(address);
  target.socket.write(shots[kind]());
  await Promise.race([target.closed, sleep(ms, undefined, { ref: false })]);
  const outcome = { closed: target.isClosed(), ms: performance.now() - start, bytesSent: target.socket.bytesWritten };
  target.socket.destroy();
  return outcome;
}

const shots = {
  "garbage before the preface": () => Buffer.concat([Buffer.from("GET / HTTP/1.1\r\nhost: a\r\n\r\n"), hello]),
  "random bytes": () => new Random(1).bytes(10_000),
  "headers of 1 MB": () => {
    const header = literal("x", "y".repeat(16_000));
    const rest = Array.from({ length: 64 }, () => toH2Frame(types.continuation, 0, 1, header));
    return Buffer.concat([hello, toH2Frame(types.headers, 0, 1, request), ...rest]);
  },
  "a frame above the limit": () => Buffer.concat([hello, openCall, toH2Frame(types.data, 0, 1, Buffer.alloc(100_000))]),
  "DATA without a stream": () => Buffer.concat([hello, toH2Frame(types.data, 0, 7, Buffer.alloc(100))]),
  "a stream of an even number": () => Buffer.concat([hello, toH2Frame(types.headers, flags.endHeaders, 2, request)]),
  "a window above 2^31": () =>
    Buffer.concat([
      hello,
      ...Array.from({ length: 3 }, () => toH2Frame(types.windowUpdate, 0, 0, Buffer.from("7fffffff", "hex"))),
    ]),
};

/** Opens `count` calls on one connection and resets them all in one write. */
export async function resetAtOnce(address: Address, count: number): Promise<Outcome> {
  const start = performance.now();
  const target = open(address);
  const ids = Array.from({ length: count }, (_, index) => index * 2 + 1);
  const calls = ids.flatMap((id) => [
    toH2Frame(types.headers, flags.endHeaders, id, request),
    toH2Frame(types.data, 0, id, firstRequest),
  ]);
  target.socket.write(Buffer.concat([hello, ...calls]));
  await sleep(300);
  target.socket.write(Buffer.concat(ids.map(reset)));
  await sleep(300);
  const outcome = { closed: target.isClosed(), ms: performance.now() - start, bytesSent: target.socket.bytesWritten };
  target.socket.destroy();
  return outcome;
}

/** Calls with bytes of gRPC that are random, cut, too long or compressed bombs. */
export async function badMessages(address: Address, count: number, seed: number): Promise<void> {
  const random = new Random(seed);
  for (let left = count; left > 0; left--) {
    const target = open(address);
    const gzip = random.chance(4);
    const headers = toH2Frame(types.headers, flags.endHeaders, 1, encodeHeaders(adsPath, gzip ? "gzip" : undefined));
    const data = Array.from({ length: 1 + random.below(4) }, () => badMessage(random));
    target.socket.write(
      Buffer.concat([hello, headers, ...data.map((bytes) => toH2Frame(types.data, random.below(2), 1, bytes))]),
    );
    if (random.chance(2)) target.socket.write(mutatedFrames(random));
    await Promise.race([target.closed, sleep(2, undefined, { ref: false })]);
    target.socket.destroy();
  }
}

let bombers: Target[] = [];

/** `count` calls at once, each with a message of 200 KB that unpacks to 200 MB. They stay until `withdraw`. */
export function bombs(address: Address, count: number): void {
  const bomb = toGrpc(gzipSync(Buffer.alloc(200_000_000)), 1);
  const pieces = Array.from({ length: Math.ceil(bomb.length / 16_000) }, (_, index) =>
    toH2Frame(types.data, 0, 1, bomb.subarray(index * 16_000, (index + 1) * 16_000)),
  );
  const headers = toH2Frame(types.headers, flags.endHeaders, 1, encodeHeaders(adsPath, "gzip"));
  const message = Buffer.concat([hello, headers, ...pieces]);
  bombers = Array.from({ length: count }, () => open(address));
  for (const { socket } of bombers) socket.write(message);
}

export function withdraw(): void {
  for (const { socket } of bombers) socket.destroy();
}

/** Small enough to be let in. */
const smallBomb = toGrpc(gzipSync(Buffer.alloc(15_000_000)), 1).subarray(0, 16_000);

function badMessage(random: Random): Buffer {
  const good = toGrpc(encodeRequest("delta", { node: "bad", typeUrl: clusterType, names: ["a", "*"] }));
  const kind = random.below(6);
  if (kind === 0) return random.bytes(random.below(200));
  if (kind === 1) return good.subarray(0, random.below(good.length));
  if (kind === 2) return Buffer.concat([Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), random.bytes(100)]);
  if (kind === 3) return smallBomb;
  if (kind === 4) return Buffer.concat([toGrpc(Buffer.alloc(0)), good, Buffer.from([2, 0, 0])]);
  return good;
}

function mutatedFrames(random: Random): Buffer {
  const frame = () => toH2Frame(random.below(12), random.below(256), random.below(4), random.bytes(random.below(60)));
  return Buffer.concat(Array.from({ length: 1 + random.below(5) }, frame));
}

function reset(stream: number): Buffer {
  return toH2Frame(types.rstStream, 0, stream, Buffer.from([0, 0, 0, 8]));
}

function literal(name: string, value: string): Buffer {
  const length = Buffer.from([0x7f, ((value.length - 127) & 0x7f) | 0x80, (value.length - 127) >> 7]);
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    value.length < 127 ? Buffer.from([value.length]) : length,
    Buffer.from(value),
  ]);
}

interface Target {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  isClosed(): boolean;
  drained(): Promise<void>;
}

function open({ host, port }: Address): Target {
  const socket = connectSocket({ host, port }).resume();
  const { promise, resolve } = Promise.withResolvers<void>();
  let isClosed = false;
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
    resolve();
  });
  const drained = () => new Promise<void>((done) => socket.once("drain", () => done()));
  return { socket, closed: promise, isClosed: () => isClosed, drained };
}
