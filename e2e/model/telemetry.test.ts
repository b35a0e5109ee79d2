import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { z } from "zod";
import { logMessage } from "../../packages/chancery/src/services/access-logs/message.ts";
import { traceMessage, traceSummary } from "../../packages/chancery/src/services/traces/message.ts";
import { freePort } from "../harness/free-port.ts";
import { startModel } from "../harness/model.ts";
import { send } from "../harness/request.ts";
import { startTcpUpstream } from "../harness/tcp-upstream.ts";
import { until } from "../harness/until.ts";
import { startUpstream } from "../harness/upstream.ts";

test("a fleet that asks for access logs and traces sends them to the control plane, by the names of the model", async (t) => {
  const [blue, db] = await Promise.all([startUpstream(t, "blue"), startTcpUpstream(t, "db")]);
  const [port, dbPort] = [await freePort(), await freePort()];
  const { controlPlane } = await startModel(
    t,
    {
      gateways: {
        public: {
          address: "127.0.0.1",
          listeners: { http: { protocol: "HTTP", port }, db: { protocol: "TCP", port: dbPort } },
        },
      },
      services: {
        shop: { endpoints: `127.0.0.1:${blue.port}` },
        db: { endpoints: `127.0.0.1:${db.port}`, protocol: "tcp" },
      },
      routes: {
        shop: { parents: "public", rules: { api: { match: { path: "/api/*" }, to: "shop" } } },
        db: { parents: "public", protocol: "tcp", to: "db" },
      },
    },
    { accessLog: true, tracing: true },
  );
  const get = async (path: string): Promise<unknown> => (await fetch(`${controlPlane.url}${path}`)).json();
  const firstLog = (query: string) =>
    until(`an entry of ${query}`, async () => z.array(logMessage).parse(await get(`/api/v1/logs?${query}`))[0]);

  assert.equal((await send(port, "/api/carts")).by, "blue");
  const request = await firstLog("kind=http");
  assert.partialDeepStrictEqual(request, {
    ...{ log: "public/http", path: "/api/carts", status: 200, route: "shop#api" },
    upstream: { cluster: "shop" },
  });

  const [trace] = await until("a trace", async () => {
    const traces = z.array(traceSummary).parse(await get("/api/v1/traces"));
    return traces.length > 0 && traces;
  });
  const { logs } = traceMessage.parse(await get(`/api/v1/traces/${trace?.id}`));
  assert.deepEqual(
    logs.map(({ requestId }) => requestId),
    [request.requestId],
  );

  const socket = connect(dbPort, "127.0.0.1");
  await once(socket, "data");
  socket.destroy();
  const connection = await firstLog("kind=tcp&final=true");
  assert.partialDeepStrictEqual(connection, { log: "public/db", upstream: { cluster: "db" } });
});
