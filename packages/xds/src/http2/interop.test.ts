import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type IncomingHttpHeaders } from "node:http2";
import { test } from "node:test";
import fc from "fast-check";
import type { Headers } from "./headers.ts";
import { echo, serve } from "./testdata/serve.ts";

const text = fc.string({
  unit: fc
    .integer({ min: 0x21, max: 0xff })
    .filter((code) => code < 0x7f || code > 0xa0)
    .map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
const name = fc.oneof(
  { weight: 5, arbitrary: fc.stringMatching(/^x-[a-z0-9_.-]{1,20}$/) },
  { weight: 1, arbitrary: fc.constantFrom("constructor", "__proto__") },
);
const settings = fc.record({
  initialWindowSize: fc.constantFrom(1_000, 65_535, 1 << 20),
  maxFrameSize: fc.constantFrom(16_384, 50_000),
  headerTableSize: fc.constantFrom(0, 100, 4_096, 65_536),
});
const exchange = fc.record({
  headers: fc.dictionary(name, text, { maxKeys: 8 }),
  body: fc.array(fc.nat({ max: 40_000 }), { maxLength: 5 }),
});

test("Node's client is understood, and understands, whatever it sends and sets", async (t) => {
  const seen: Headers[] = [];
  const { port } = await serve(t, (stream, headers) => {
    seen.push(headers);
    echo(stream, headers);
  });
  await fc.assert(
    fc.asyncProperty(settings, fc.array(exchange, { minLength: 1, maxLength: 6 }), async (settings, exchanges) => {
      const session = connect(`http://127.0.0.1:${port}`, { settings });
      await once(session, "connect");
      for (const { headers, body } of exchanges) {
        const stream = session.request({ ":method": "POST", ":path": "/a", ...headers });
        const sent = body.map((bytes, index) => Buffer.alloc(bytes, `${index}`));
        for (const chunk of sent) stream.write(chunk);
        stream.end();
        const trailers = once(stream, "trailers");
        const received = await stream.toArray();
        assert.ok(Buffer.concat(received).equals(Buffer.concat(sent)));
        const [{ served } = {}]: IncomingHttpHeaders[] = await trailers;
        assert.equal(served, "yes");
        const got = seen.at(-1) ?? {};
        for (const [name, value] of Object.entries(headers)) assert.equal(got[name], value);
        assert.equal(got[":path"], "/a");
      }
      session.close();
      await once(session, "close");
    }),
    { numRuns: 40 },
  );
});

test("many requests at once are answered each with its own", async (t) => {
  const { port } = await serve(t, echo);
  const session = connect(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  const bodies = await Promise.all(
    Array.from({ length: 90 }, async (_, index) => {
      const stream = session.request({ ":method": "POST", ":path": "/" });
      stream.end(Buffer.alloc(1_000 * index, `${index}`));
      return Buffer.concat(await stream.toArray());
    }),
  );
  for (const [index, body] of bodies.entries()) assert.ok(body.equals(Buffer.alloc(1_000 * index, `${index}`)));
});
