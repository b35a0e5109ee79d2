import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { toJson } from "@bufbuild/protobuf";
import { envoyApi } from "../descriptors/api.ts";
import { compilerOf, encodeJson } from "./encode.ts";
import { createRandom, type Random } from "./testdata/random.ts";
import { randomMessage } from "./testdata/random-message.ts";
import { registry, types } from "./testdata/registry.ts";
import { Transcoder } from "./transcode.ts";

const cluster = "envoy.config.cluster.v3.Cluster";
const assignment = "envoy.config.endpoint.v3.ClusterLoadAssignment";
const listener = "envoy.config.listener.v3.Listener";

/** What a transcoder writes, in hex, and where it stops; undefined where it gives up. */
function transcode(typeName: string, json: string, start = 0) {
  const transcoder = new Transcoder(Buffer.from(json));
  const end = transcoder.read(typeName, start);
  return end < 0 ? undefined : { end, hex: hexOf(transcoder.bytes) };
}

/** Has it learn from messages of a type as if it had never read any. */
function learnAnew(typeName: string): void {
  const plan = compilerOf(envoyApi()).textPlan(typeName);
  if (plan !== undefined) plan.debt = 0;
}

/** The same by way of `JSON.parse`. */
function encode(typeName: string, json: string): string | undefined {
  try {
    const encoded = encodeJson(typeName, JSON.parse(json));
    return encoded.ok ? hexOf(encoded.bytes) : undefined;
  } catch (error) {
    assert.ok(error instanceof SyntaxError);
    return undefined;
  }
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const common: readonly (readonly [what: string, typeName: string, json: unknown])[] = [
  ["a cluster", cluster, { name: "a", altStatName: "b", type: "EDS", connect_timeout: "1.5s", lbPolicy: "MAGLEV" }],
  ["what only JSON.parse reads", cluster, { name: "é\n", metadata: { filterMetadata: { a: { b: [1, "x", null] } } } }],
  [
    "assignments, with numbers and defaults",
    assignment,
    {
      clusterName: "c",
      endpoints: [
        {
          locality: {},
          priority: 0,
          loadBalancingWeight: 3,
          lbEndpoints: [
            { endpoint: { address: { socketAddress: { address: "10.0.0.1", portValue: 0 } }, hostname: "" } },
            { healthStatus: "UNHEALTHY", endpoint: { address: { pipe: { path: "p".repeat(300) } } } },
          ],
        },
      ],
    },
  ],
  [
    "messages of other types within it",
    listener,
    {
      name: "l",
      filterChains: [
        {
          filters: [
            {
              name: "hcm",
              typedConfig: {
                "@type":
                  "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                statPrefix: "s",
                routeConfig: { name: "r", virtualHosts: [{ name: "v", domains: ["a", "*.b"] }] },
                httpFilters: [
                  {
                    typedConfig: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
                    name: "f",
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
];

for (const [what, typeName, json] of common) {
  test(`${what}: the same bytes as by way of JSON.parse, with spaces or without`, () => {
    for (const space of ["", " ", "\t", "  ", "  "]) {
      const text = JSON.stringify(json, undefined, space);
      const expected = { end: Buffer.byteLength(text) + 1, hex: encode(typeName, text) };
      assert.deepEqual(transcode(typeName, ` ${text}, {}`, 1), expected);
    }
  });
}

const doubtful: Readonly<Record<string, string>> = {
  "an unknown field": '{"name": "a", "nmae": "b"}',
  "a field twice": '{"name": "a", "name": "b"}',
  "a field by both of its names": '{"name": "a", "lb_policy": "MAGLEV", "type": "EDS", "lbPolicy": "MAGLEV"}',
  "two of a oneof": '{"name": "a", "type": "EDS", "clusterType": {"name": "b"}}',
  "a required field that is not there": "{}",
  "a text that is too short": '{"name": ""}',
  "null, which is no value": '{"name": "a", "type": null}',
  "no text": '{"name": 1}',
  "a number that is out of range": '{"name": "a", "perConnectionBufferLimitBytes": 4294967296}',
  "a number with a zero in front": '{"name": "a", "perConnectionBufferLimitBytes": 01}',
  "an unknown value": '{"name": "a", "type": "EDDS"}',
  "an unknown type":
    '{"name": "a", "transportSocket": {"name": "t", "typedConfig": {"@type": "type.googleapis.com/x.Y"}}}',
  "a type that is an entry of a map":
    '{"name": "a", "transportSocket": {"name": "t", "typedConfig": {"@type": "type.googleapis.com/envoy.config.core.v3.Metadata.FilterMetadataEntry"}}}',
  "too few items": '{"name": "a", "transportSocketMatches": [{"name": ""}]}',
  "a comma too many": '{"name": "a",}',
  "a text that does not end": '{"name": "a',
  "a control character": '{"name": "a\tb"}',
  nothing: "",
  "a list": "[]",
};

for (const [what, json] of Object.entries(doubtful)) {
  test(`${what}: is not for a transcoder to judge`, () => assert.equal(transcode(cluster, json), undefined));
}

test("types that JSON spells their own way, and unknown ones, are not for a transcoder", () => {
  assert.equal(transcode("google.protobuf.Struct", "{}"), undefined);
  assert.equal(transcode("acme.Thing", "{}"), undefined);
});

test("what a transcoder takes, of all types, in any order and damaged, is what JSON.parse and encodeJson make of it", () => {
  const random = createRandom(6);
  let taken = 0;
  let valid = 0;
  for (const type of types) {
    for (let round = 0; round < 12; round++) {
      const json = shuffled(
        toJson(type, randomMessage(type, types, random, 3), { registry, useProtoFieldName: random.chance(0.5) }),
        random,
      );
      let text = JSON.stringify(json, undefined, random.pick(["", "", " ", "\n"]));
      if (random.chance(0.4)) text = damaged(text, random).toWellFormed();
      const expected = encode(type.typeName, text);
      const result = transcode(type.typeName, text);
      if (expected !== undefined) valid++;
      if (result === undefined) continue;
      taken++;
      // What it has kept of the values gives the same.
      assert.deepEqual(transcode(type.typeName, text), result);
      // What stands behind the message is not looked at.
      assert.equal(
        result.hex,
        expected ?? encode(type.typeName, Buffer.from(text).toString("utf8", 0, result.end)),
        `${type.typeName}: ${text}`,
      );
    }
  }
  assert.ok(valid > 2000 && taken > valid * 0.9, `${taken} of ${valid}`);
});

test("what is like what was read before but for some values is what JSON.parse and encodeJson make of it", () => {
  const random = createRandom(11);
  const counts = { valid: 0, taken: 0 };
  for (const type of types) {
    for (let round = 0; round < 3; round++) {
      learnAnew(type.typeName);
      let json: unknown = shuffled(toJson(type, randomMessage(type, types, random, 3), { registry }), random);
      const space = random.pick(["", "", " "]);
      for (let variation = 0; variation < 8; variation++) {
        const text = JSON.stringify(json, undefined, space);
        const expected = encode(type.typeName, text);
        const result = transcode(type.typeName, text);
        if (expected !== undefined) counts.valid++;
        if (result !== undefined) {
          counts.taken++;
          assert.deepEqual(result, { end: Buffer.byteLength(text), hex: expected }, `${type.typeName}: ${text}`);
        }
        json = varied(json, random);
      }
    }
  }
  assert.ok(counts.valid > 2000 && counts.taken > counts.valid * 0.9, JSON.stringify(counts));
});

const texts = ["", "a", "b", "10.0.0.1", "x".repeat(100), "y".repeat(127), "z".repeat(128), "é", '"', "\u0001", "1.5s"];
const numbers = [0, 1, 127, 128, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e10, 1e21, -1, 0.5];

/** The same with some values that are others, and some items of lists that are there twice. */
function varied(json: unknown, random: Random): unknown {
  if (Array.isArray(json)) {
    const items = json.map((item) => varied(item, random));
    if (items.length > 0 && random.chance(0.1)) items.push(varied(items[0], random));
    return items;
  }
  if (typeof json === "object" && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, varied(value, random)]));
  }
  if (random.chance(0.7)) return json;
  if (typeof json === "string") return random.chance(0.5) ? `${json}x` : random.pick(texts);
  if (typeof json === "number") return random.chance(0.5) ? json + 1 : random.pick(numbers);
  return typeof json === "boolean" ? !json : json;
}

function shuffled(json: unknown, random: Random): unknown {
  if (Array.isArray(json)) return json.map((item) => shuffled(item, random));
  if (typeof json !== "object" || json === null) return json;
  const entries = Object.entries(json).map(([key, value]) => [key, shuffled(value, random)] as const);
  if (random.chance(0.3)) entries.reverse();
  return Object.fromEntries(entries);
}

const pieces = [
  "",
  '"',
  "\\",
  ",",
  ":",
  "{",
  "}",
  "[",
  "]",
  " ",
  "1",
  "-",
  "null",
  "true",
  '"name":',
  "\u00e9",
  "\u0001",
];

function damaged(text: string, random: Random): string {
  let result = text;
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(result.length + 1);
    result = result.slice(0, at) + random.pick(pieces) + result.slice(at + random.below(4));
  }
  return result;
}

test("values whose sizes stay others than they were, and change again, are written as JSON.parse and encodeJson do", () => {
  const random = createRandom(12);
  learnAnew(cluster);
  for (let run = 0; run < 60; run++) {
    const [name, alt, host, port] = [random.below(130), random.below(60), random.below(40), 10 ** random.below(5)];
    for (let n = random.below(9); n >= 0; n--) {
      const socketAddress = { address: `h${"h".repeat(host)}`, portValue: port + (n % 10) };
      const endpoints = [{ lbEndpoints: [{ endpoint: { address: { socketAddress } } }] }];
      const loadAssignment = { clusterName: `n${"n".repeat(name)}`, endpoints };
      const item = { name: `${n}${"x".repeat(name)}`, altStatName: "a".repeat(alt + 1), loadAssignment };
      const text = JSON.stringify(item);
      assert.deepEqual(transcode(cluster, text), { end: text.length, hex: encode(cluster, text) });
    }
  }
});

test("what it has learnt from does not make it take more: as deep as it is, it is too deep", () => {
  const type = "envoy.config.rbac.v3.Permission";
  const within = (levels: number, json: unknown): unknown =>
    levels === 0 ? json : { notRule: within(levels - 1, json) };
  const rules = { andRules: { rules: [within(45, { any: true })] } };
  learnAnew(type);
  for (const levels of [0, 1, 2, 3, 4, 5]) {
    const text = JSON.stringify(within(levels, rules));
    assert.equal(transcode(type, text)?.hex, encode(type, text));
  }
  const tooDeep = JSON.stringify(within(55, rules));
  assert.equal(encode(type, tooDeep), undefined);
  assert.equal(transcode(type, tooDeep), undefined);
});

test("lengths are told right behind a message of which only the type is written", () => {
  const router = { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" };
  for (const name of ["a", "b", "bcd", "efghi", "j"]) {
    const json = {
      name: "a",
      transportSocket: { name: "t", typedConfig: router },
      edsClusterConfig: { serviceName: name },
    };
    assert.equal(transcode(cluster, JSON.stringify(json))?.hex, encode(cluster, JSON.stringify(json)));
  }
});

test("many messages in one text, alike and not, are read one after the other", () => {
  const items = Array.from({ length: 3000 }, (_, i) => ({
    name: `service-${i}`,
    type: i % 100 === 0 ? "STATIC" : "EDS",
    edsClusterConfig: { serviceName: "é".repeat(i % 7 === 0 ? 3 : 0), edsConfig: { ads: {} } },
    perConnectionBufferLimitBytes: i,
    // A number that may be the beginning of another.
    circuitBreakers: { thresholds: [{ maxRequests: i % 3 === 0 ? 1 : i }] },
  }));
  const text = JSON.stringify(items);
  const transcoder = new Transcoder(Buffer.from(text));
  let at = 1;
  for (const item of items) {
    at = transcoder.read(cluster, at) + 1;
    assert.equal(hexOf(transcoder.bytes), encode(cluster, JSON.stringify(item)));
  }
  assert.equal(at, Buffer.byteLength(text));
});

test("what is like what was read before is not taken if it ends early, or has another byte in place of one", () => {
  const text = JSON.stringify({
    name: "a",
    type: "EDS",
    edsClusterConfig: { edsConfig: { ads: {} }, serviceName: "b" },
  });
  const first = Buffer.from(text);
  for (let at = 0; at < first.length; at++) {
    const short = Buffer.concat([first, first.subarray(0, at)]);
    const other = Buffer.concat([first, first]);
    other[first.length + at] = "#".charCodeAt(0);
    for (const [buffer, second] of [
      [short, text.slice(0, at)],
      [other, `${text.slice(0, at)}#${text.slice(at + 1)}`],
    ] as const) {
      learnAnew(cluster);
      const transcoder = new Transcoder(buffer);
      assert.equal(transcoder.read(cluster, 0), first.length);
      const isTaken = transcoder.read(cluster, first.length) === buffer.length;
      assert.equal(isTaken, encode(cluster, second) !== undefined, second);
    }
  }
});

test("nothing is kept of what may be a secret", () => {
  const type = "envoy.extensions.transport_sockets.tls.v3.Secret";
  const plan = compilerOf(envoyApi()).textPlan(type);
  const isKept = (json: unknown) => {
    const text = JSON.stringify(json);
    learnAnew(type);
    for (let i = 0; i < 3; i++) assert.equal(transcode(type, text)?.hex, encode(type, text));
    return plan?.templates.some((template) => Buffer.from(template.text).equals(Buffer.from(text)));
  };
  const source = { inlineString: "the content, and more of it" };
  assert.ok(isKept({ name: "ca", validationContext: { trustedCa: source } }));
  assert.ok(!isKept({ name: "key", tlsCertificate: { privateKey: source } }));
});

test("a text is let go with what read it, however that ended", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const read = (json: string) => {
    // Not of Node's pool, which lives on.
    const text = new TextEncoder().encode(json);
    new Transcoder(text).read(cluster, 0);
    return new WeakRef(text);
  };
  for (const json of ['{"name":"a"}', '{"name":']) {
    const text = read(json);
    await turn();
    collect();
    assert.equal(text.deref(), undefined, json);
  }
});
