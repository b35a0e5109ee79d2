import assert from "node:assert/strict";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import fastify, { type FastifyInstance } from "fastify";
import { addBodyParsers } from "./bodies.ts";

const body = Buffer.from(JSON.stringify(Array.from({ length: 20_000 }, (_, i) => i)));

for (const [how, headers] of Object.entries({
  "whose length is said": { "content-length": body.length },
  "in chunks without a length": { "transfer-encoding": "chunked" },
})) {
  test(`a body ${how} comes out as it went in, in however many pieces`, async (t) => {
    for (const size of [body.length, body.length / 2 + 1, 20_000, 999]) {
      const put = await open(t, { limit: body.length, headers });
      for (let at = 0; at < body.length; at += size) {
        await new Promise((resolve) => put.write(body.subarray(at, at + size), resolve));
      }
      assert.deepEqual(await answer(put.end()), { status: 200, text: body.toString() });
    }
  });

  test(`a body ${how} that is larger than the limit is refused`, async (t) => {
    const put = await open(t, { limit: body.length - 1, headers });
    assert.equal((await answer(put.end(body))).status, 413);
  });
}

test("an empty body is one", async (t) => {
  const put = await open(t, { limit: 10, headers: { "content-length": 0 } });
  assert.equal((await answer(put.end())).status, 200);
});

test("a client that leaves within a body has nothing done", async (t) => {
  const { promise: isLost, resolve } = Promise.withResolvers<boolean>();
  const app = await serve(t, body.length, () => resolve(false));
  app.server.on("connection", (socket) => socket.on("close", () => setImmediate(resolve, true)));
  const put = send(app, { "content-length": body.length });
  await new Promise((resolve) => put.write(body.subarray(0, body.length / 2), resolve));
  put.destroy();
  assert.ok(await isLost);
});

interface Options {
  readonly limit: number;
  readonly headers: Readonly<Record<string, string | number>>;
}

/** A request to a server that answers with the body that it got. */
async function open(t: TestContext, { limit, headers }: Options): Promise<ClientRequest> {
  return send(await serve(t, limit), headers);
}

async function serve(t: TestContext, bodyLimit: number, note = () => {}): Promise<FastifyInstance> {
  const app = fastify({ bodyLimit, forceCloseConnections: true });
  t.after(() => app.close());
  addBodyParsers(app, (read) => read);
  app.put<{ Body?: { readonly bytes: Buffer } }>("/", async (got) => {
    note();
    return got.body?.bytes.toString() ?? "";
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  return app;
}

function send(app: FastifyInstance, headers: Options["headers"]): ClientRequest {
  const put = request(app.listeningOrigin, {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
  });
  put.on("error", () => {});
  return put;
}

async function answer(put: ClientRequest): Promise<{ readonly status: number | undefined; readonly text: string }> {
  const [response] = (await once(put, "response")) as [IncomingMessage]; // what the event carries
  return { status: response.statusCode, text: await text(response) };
}
