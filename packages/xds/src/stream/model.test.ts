import assert from "node:assert/strict";
import { test } from "node:test";
import { WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import fc from "fast-check";
import { toResource } from "../resource/resource.ts";
import { typeOf } from "../resource/type.ts";
import { type Snapshot, toSnapshot } from "../snapshot/snapshot.ts";
import { encodeRequest } from "../testing/request.ts";
import { ClientStream } from "./client-stream.ts";
import { readRequest, type Variant } from "./request.ts";

const cds = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const rds = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";

const name = fc.constantFrom("a", "b", "constructor", "__proto__");
const content = fc.dictionary(name, fc.integer({ min: 1, max: 3 }), { maxKeys: 4 });
const step = fc.oneof(
  fc.record({ kind: fc.constant("snapshot" as const), content }),
  fc.record({
    kind: fc.constant("names" as const),
    names: fc.uniqueArray(fc.oneof(name, fc.constant("*"))),
    racing: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("answer" as const), nack: fc.boolean() }),
);

/** A client that believes what it is told, the way each variant tells it, and nothing else. */
class Believer {
  readonly has = new Map<string, string>();
  names: readonly string[] = [];
  nonce = "";
  unanswered = false;
  readonly stream: ClientStream;
  #nonceBefore = "";
  readonly #variant: Variant;
  readonly #typeUrl: string;

  constructor(variant: Variant, typeUrl: string) {
    this.#variant = variant;
    this.#typeUrl = typeUrl;
    this.stream = new ClientStream({ variant });
  }

  /** Asks for other names; `racing`: before it has seen the last response, which it answers later. */
  ask(names: readonly string[], racing: boolean): void {
    const dropped = this.names.filter((known) => !names.includes(known));
    const added = names.filter((known) => !this.names.includes(known));
    this.names = names;
    const words = this.#variant === "sotw" ? names : [...added.map((n) => `+${n}`), ...dropped.map((n) => `-${n}`)];
    if (this.#variant === "delta" && words.length === 0) return;
    const nonce = racing && this.unanswered ? this.#nonceBefore : this.nonce;
    this.#send(this.#variant === "sotw" && nonce !== "" ? ["nonce", nonce, ...words] : words);
    if (this.#variant === "sotw" && nonce === this.nonce) this.unanswered = false; // in SotW this is an ACK
    for (const gone of this.has.keys()) if (!this.wants(gone)) this.has.delete(gone);
  }

  answer(nack: boolean): void {
    if (!this.unanswered) return;
    this.unanswered = false;
    const names = this.#variant === "sotw" ? this.names : [];
    this.#send([...(nack ? ["nack", this.nonce, "no"] : ["ack", this.nonce]), ...names]);
  }

  listen(): void {
    for (let response = this.stream.next(); response !== undefined; response = this.stream.next()) {
      assert.ok(!this.unanswered, "one response at a time");
      this.#believe(Buffer.concat([response.prefix, ...response.frame.chunks]));
      this.#nonceBefore = this.nonce;
      this.nonce = response.nonce;
      this.unanswered = true;
    }
  }

  wants(resource: string): boolean {
    return this.names.includes("*") || this.names.includes(resource);
  }

  #send(words: readonly string[]): void {
    const bytes = encodeRequest(this.#variant, { kind: "request", type: this.#typeUrl, words });
    this.stream.receive(readRequest(this.#variant, bytes));
  }

  #believe(bytes: Uint8Array): void {
    const named = new Map<string, string>();
    const removed: string[] = [];
    const reader = new WireReader(bytes);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag >>> 3 === 2) {
        const [key, value] = this.#variant === "sotw" ? readAny(reader.bytes()) : readAny(field(reader.bytes(), 2));
        assert.ok(!named.has(key), "no name twice");
        named.set(key, value);
      } else if (tag >>> 3 === 6) removed.push(reader.string());
      else reader.skip(tag);
    }
    if (this.#variant === "sotw" && typeOf(this.#typeUrl)?.complete) this.has.clear();
    for (const [key, value] of named) if (this.wants(key)) this.has.set(key, value);
    for (const key of removed) {
      assert.ok(!named.has(key), "nothing is both sent and removed");
      this.has.delete(key);
    }
  }
}

function field(bytes: Uint8Array, number: number): Uint8Array {
  const reader = new WireReader(bytes);
  let found = new Uint8Array();
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === ((number << 3) | WireType.Bytes)) found = reader.bytes().slice();
    else reader.skip(tag);
  }
  return found;
}

function readAny(any: Uint8Array): [string, string] {
  const body = field(any, 2);
  return [Buffer.from(field(body, 1)).toString(), Buffer.from(field(body, 2000)).toString()];
}

function encodeBody(key: string, value: string): Uint8Array {
  return new WireWriter().tag(1, WireType.Bytes).string(key).tag(2000, WireType.Bytes).string(value).finish();
}

function snapshotOf(typeUrl: string, entries: Record<string, number>, previous: Snapshot | undefined): Snapshot {
  const resources = Object.entries(entries).map(([key, value]) =>
    toResource({ typeUrl, name: key, body: encodeBody(key, String(value)) }),
  );
  return toSnapshot(resources, { previous });
}

for (const variant of ["sotw", "delta"] as const) {
  for (const typeUrl of [cds, rds]) {
    test(`${variant}: whatever a client asks and answers, in the end it has what it wants of ${typeOf(typeUrl)?.key}`, () => {
      fc.assert(
        fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
          const client = new Believer(variant, typeUrl);
          let snapshot: Snapshot | undefined;
          let entries: Record<string, number> = {};
          // A first request that names something, so that an empty one later is not taken for the legacy wildcard.
          client.ask(["a"], false);
          for (const each of steps) {
            if (each.kind === "snapshot") {
              entries = each.content;
              snapshot = snapshotOf(typeUrl, entries, snapshot);
              client.stream.observe(snapshot);
            } else if (each.kind === "names") client.ask(each.names, each.racing);
            else client.answer(each.nack);
            client.listen();
          }
          for (let i = 0; client.unanswered && i < 10; i++) {
            client.answer(false);
            client.listen();
          }
          assert.ok(!client.unanswered, "the conversation ends");
          if (snapshot === undefined) return;
          const wanted = Object.entries(entries).filter(([key]) => client.wants(key));
          for (const [key, value] of wanted) assert.equal(client.has.get(key), String(value), `has ${key}`);
          // Only in SotW, and only for types whose responses are not complete, may a client keep what is gone.
          if (variant === "delta" || typeUrl === cds) {
            assert.deepEqual([...client.has.keys()].sort(), wanted.map(([key]) => key).sort());
          }
        }),
        { numRuns: 1500 },
      );
    });
  }
}
