import assert from "node:assert/strict";
import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import {
  type ExternalProcessorOptions,
  externalProcessorHandlers,
  type RequestProcessor,
} from "@chancery/xds/services";
import { startEnvoy } from "../harness/envoy.ts";
import { freePort } from "../harness/free-port.ts";
import { startHttp } from "../harness/http-upstream.ts";
import { startLibrary } from "../harness/library.ts";
import { staticCluster, typed } from "../harness/resources.ts";
import { until } from "../harness/until.ts";

test("headers are added, set, removed and left alone, on the way there and back", async (t) => {
  const { ask } = await start(t, {
    requestHeaders: () => ({
      headers: [
        { name: "x-append", value: "two", action: "append" },
        { name: "x-set", value: "two" },
        { name: "x-add", value: "two", action: "add" },
        { name: "x-added", value: "two", action: "add" },
        { name: "x-replace", value: "two", action: "replace" },
        { name: "x-absent", value: "two", action: "replace" },
      ],
      headersToRemove: ["x-remove"],
    }),
    responseHeaders: (message) => ({
      headers: [{ name: "x-status", value: message.get(":status") ?? "" }],
      headersToRemove: ["x-secret"],
    }),
  });
  const one = Object.fromEntries(["append", "set", "add", "replace", "remove"].map((name) => [`x-${name}`, "one"]));
  const { got, headers } = await ask({ headers: one });
  assert.partialDeepStrictEqual(got.headers, {
    ...{ "x-append": "one, two", "x-set": "two", "x-add": "one", "x-added": "two", "x-replace": "two" },
  });
  assert.deepEqual([got.headers["x-absent"], got.headers["x-remove"]], [undefined, undefined]);
  assert.deepEqual([headers["x-status"], headers["x-secret"]], ["200", undefined]);
});

test("Envoy passes over changes that its rules do not allow, and counts them", async (t) => {
  const { ask, stat } = await start(t, {
    requestHeaders: () => ({ headers: [{ name: "x-envoy-mine", value: "1" }], headersToRemove: ["x-envoy-upstream"] }),
  });
  const { status, got } = await ask();
  assert.deepEqual([status, got.headers["x-envoy-mine"]], [200, undefined]);
  assert.ok(Number(await stat("http.http.ext_proc.rejected_header_mutations")) >= 1);
});

for (const mode of ["BUFFERED", "BUFFERED_PARTIAL"] as const) {
  test(`${mode}: bodies come whole, and others may take their place, with headers that fit`, async (t) => {
    const bodies: string[] = [];
    const { ask } = await start(
      t,
      {
        requestBody({ body, bodyMode, endOfStream }) {
          bodies.push(`${bodyMode} ${Buffer.from(body)} ${endOfStream}`);
          return { body: "another body", headers: [{ name: "x-length", value: `${body.length}` }] };
        },
        responseBody: ({ body }) => ({ body: `${Buffer.from(body)}!`, headers: [{ name: "x-seen", value: "yes" }] }),
      },
      { mode: { request_body_mode: mode, response_body_mode: mode } },
    );
    const { got, body, headers } = await ask({ method: "POST", body: "a body" });
    assert.deepEqual(bodies, [`${mode.toLowerCase().replace("_", "-")} a body true`]);
    assert.deepEqual([got.body, got.headers["x-length"]], ["another body", "6"]);
    assert.deepEqual([body.at(-1), headers["x-seen"]], ["!", "yes"]);
  });
}

test("a body may be taken away", async (t) => {
  const { ask } = await start(t, { requestBody: () => ({ body: "" }) }, { mode: { request_body_mode: "BUFFERED" } });
  assert.equal((await ask({ method: "POST", body: "a body" })).got.body, "");
});

test("streamed bodies are changed piece by piece, while they come", async (t) => {
  const upper = ({ body }: { readonly body: Uint8Array }) => ({ body: `${Buffer.from(body)}`.toUpperCase() });
  const { promise: read, resolve: isRead } = Promise.withResolvers<void>();
  const { ask, send } = await start(
    t,
    { requestBody: upper, responseBody: upper },
    {
      mode: { request_body_mode: "STREAMED", response_body_mode: "STREAMED" },
      async upstream(_, response) {
        response.write("begin");
        await read;
        response.end("end");
      },
    },
  );
  const response = await send();
  const [first] = await once(response, "data");
  assert.equal(`${first}`, "BEGIN");
  isRead();
  assert.equal(await text(response), "END");
  assert.equal((await ask({ method: "POST", body: "a".repeat(300_000) })).got.body, "A".repeat(300_000));
});

for (const ends of ["without trailers", "with trailers"] as const) {
  test(`full duplex: headers wait for the body, which goes on in other pieces than it came, ${ends}`, async (t) => {
    const seen: string[] = [];
    const collected: Buffer[] = [];
    const { ask } = await start(
      t,
      {
        requestHeaders: () => ({ hold: true }),
        requestBody({ body, endOfStream }) {
          collected.push(Buffer.from(body));
          if (!endOfStream) return { chunks: [] };
          return {
            heldHeaders: { headers: [{ name: "x-bytes", value: `${Buffer.concat(collected).length}` }] },
            chunks: ["<", Buffer.concat(collected), ">"],
          };
        },
        requestTrailers({ headers }) {
          seen.push(...headers.map(({ name, value }) => `${name}: ${value}`));
          return {
            heldHeaders: { headers: [{ name: "x-bytes", value: `${Buffer.concat(collected).length}` }] },
            chunks: ["<", Buffer.concat(collected), ">"],
            headers: [{ name: "x-sum", value: "8" }],
          };
        },
      },
      { mode: { request_body_mode: "FULL_DUPLEX_STREAMED", request_trailer_mode: "SEND" } },
    );
    const trailers = ends === "with trailers" ? { "x-sum": "7" } : undefined;
    const { got } = await ask({ method: "POST", body: "b".repeat(200_000), ...(trailers && { trailers }) });
    assert.equal(got.body, `<${"b".repeat(200_000)}>`);
    assert.equal(got.headers["x-bytes"], "200000");
    assert.deepEqual(seen, trailers ? ["x-sum: 7"] : []);
    assert.deepEqual(got.trailers, trailers ? { "x-sum": "8" } : {});
  });
}

test("full duplex: what nothing is said of goes on as it is, and what is swallowed does not", async (t) => {
  const { ask } = await start(
    t,
    { responseBody: () => ({ chunks: [] }) },
    {
      mode: {
        ...{ request_body_mode: "FULL_DUPLEX_STREAMED", request_trailer_mode: "SEND" },
        ...{ response_body_mode: "FULL_DUPLEX_STREAMED", response_trailer_mode: "SEND" },
      },
    },
  );
  const { status, body } = await ask({ method: "POST", body: "a body" });
  assert.deepEqual([status, body], [200, ""]);
});

test("full duplex: a body that takes its time goes on as it is made", async (t) => {
  const { ask } = await start(
    t,
    {
      async responseBody({ endOfStream }) {
        return {
          chunks: (async function* () {
            yield "x".repeat(1_000_000);
            await setTimeout(10);
            if (endOfStream) yield "y";
          })(),
        };
      },
    },
    { mode: { response_body_mode: "FULL_DUPLEX_STREAMED", response_trailer_mode: "SEND" } },
  );
  const { body } = await ask();
  assert.match(body, /^(x{1000000})+y$/);
});

test("a response takes the place of the request, of its body, or of the upstream's response", async (t) => {
  const immediate = (message: string) => ({
    immediate: { status: 403, body: message, headers: [{ name: "x-why", value: message }], details: "denied_by_test" },
  });
  const { ask } = await start(
    t,
    {
      requestHeaders: (message) => (message.get("x-at") === "request-headers" ? immediate("one") : undefined),
      requestBody: ({ body }) => (Buffer.from(body).includes("bad") ? immediate("two") : undefined),
      responseHeaders: (message) => (message.get("x-at") === "response-headers" ? immediate("three") : undefined),
      responseBody: ({ body }) => (Buffer.from(body).includes("wicked") ? immediate("four") : undefined),
    },
    { mode: { request_body_mode: "BUFFERED", response_body_mode: "BUFFERED" } },
  );
  for (const [message, asked] of [
    ["one", { headers: { "x-at": "request-headers" } }],
    ["two", { method: "POST", body: "bad" }],
    ["three", { headers: { "x-at": "response-headers" } }],
    ["four", { method: "POST", body: "wicked" }],
  ] as const) {
    const { status, headers, body } = await ask(asked);
    assert.deepEqual([status, headers["x-why"], body], [403, message, message]);
  }
  assert.equal((await ask()).status, 200);
});

for (const request_body_mode of ["NONE", "FULL_DUPLEX_STREAMED"]) {
  test(`a response is sent while it is made, with ${request_body_mode}`, async (t) => {
    const { promise: read, resolve: isRead } = Promise.withResolvers<void>();
    const { send } = await start(
      t,
      {
        requestHeaders: () => ({
          immediate: {
            status: 203,
            headers: [{ name: "x-by", value: "test" }],
            chunks: (async function* () {
              yield "one";
              yield "two";
              await read;
              yield "three";
            })(),
          },
        }),
      },
      { mode: { request_body_mode, request_trailer_mode: "SEND" } },
    );
    const response = await send({ method: "POST", body: "a body" });
    assert.deepEqual([response.statusCode, response.headers["x-by"]], [203, "test"]);
    const [first] = await once(response, "data");
    assert.equal(`${first}`, "one");
    isRead();
    assert.equal(await text(response), "twothree");
  });
}

test("a request gets another method and a body, and a response another body", async (t) => {
  const { ask } = await start(
    t,
    {
      requestHeaders: () => ({ headers: [{ name: ":method", value: "PUT" }], replaceBody: "new" }),
      responseHeaders: () => ({ replaceBody: "also new" }),
      requestBody: () => assert.fail("nothing more is heard of it"),
    },
    { mode: { request_body_mode: "BUFFERED" } },
  );
  const { got, body } = await ask();
  assert.deepEqual([got.method, got.body, body], ["PUT", "new", "also new"]);
  assert.equal((await ask({ method: "POST", body: "old" })).got.body, "new");
});

test("the mode is changed for one request, and what is not named stays", async (t) => {
  const { ask, seen } = await start(
    t,
    {
      requestHeaders: (message) => (message.get("x-look") ? { mode: { responseBody: "buffered" } } : undefined),
      requestBody: () => undefined,
      responseBody: ({ body }) => ({ body: `${body.length} bytes` }),
    },
    {
      mode: { request_body_mode: "BUFFERED" },
      filter: { allow_mode_override: true },
      options: { allowModeOverride: true },
    },
  );
  assert.match((await ask({ method: "POST", body: "a", headers: { "x-look": "yes" } })).body, /^\d+ bytes$/);
  assert.deepEqual(seen(), ["requestHeaders", "requestBody", "responseHeaders", "responseBody"]);
  await ask();
  assert.deepEqual(seen().slice(4), ["requestHeaders", "responseHeaders"]);
});

test("the mode of a response becomes full duplex, or its headers are skipped", async (t) => {
  const { ask, seen } = await start(
    t,
    {
      requestHeaders: (message) =>
        message.get("x-look") === undefined
          ? { mode: { responseHeaders: "skip" } }
          : { mode: { responseBody: "full-duplex", responseTrailers: "send" } },
      responseBody: ({ body, bodyMode, endOfStream }) => ({
        chunks: [`${bodyMode}: `, body, ...(endOfStream ? ["."] : [])],
      }),
    },
    { filter: { allow_mode_override: true }, options: { allowModeOverride: true } },
  );
  const { body } = await ask({ method: "POST", body: "a", headers: { "x-look": "yes" } });
  assert.match(body, /^full-duplex: It was: a.*\.$/);
  const before = seen().length;
  await ask();
  assert.deepEqual(seen().slice(before), ["requestHeaders"]);
});

test("another route is chosen by headers that were changed", async (t) => {
  const { ask } = await start(t, {
    requestHeaders: () => ({ headers: [{ name: "x-to", value: "nowhere" }], clearRouteCache: true }),
  });
  assert.equal((await ask()).status, 404);
});

test("dynamic metadata is there for what comes after, and what came before is told", async (t) => {
  const { ask } = await start(
    t,
    {
      requestHeaders: () => ({ dynamicMetadata: { "e2e.test": { answer: "forty-two" } } }),
    },
    { filter: { metadata_options: { receiving_namespaces: { untyped: ["e2e.test"] } } } },
  );
  assert.equal((await ask()).headers["x-metadata"], "forty-two");
});

test("attributes that the filter names are told", async (t) => {
  const attributes: unknown[] = [];
  const { ask } = await start(
    t,
    { requestHeaders: (message) => void attributes.push(message.attributes) },
    {
      filter: { request_attributes: ["request.path", "source.address"] },
    },
  );
  await ask();
  assert.partialDeepStrictEqual(attributes, [{ "envoy.filters.http.ext_proc": { "request.path": "/" } }]);
});

test("an observer sees all and changes nothing", async (t) => {
  const { ask, seen } = await start(
    t,
    {
      requestHeaders: (message) => assert.equal(message.observability, true),
    },
    {
      filter: { observability_mode: true },
      mode: { request_body_mode: "STREAMED", response_body_mode: "STREAMED" },
    },
  );
  assert.equal((await ask({ method: "POST", body: "a body" })).status, 200);
  await until("it has seen all", () => seen().includes("responseBody"));
});

test("Envoy waits as long as it is asked to", async (t) => {
  const { ask } = await start(
    t,
    {
      async requestHeaders(message) {
        if (message.get("x-more") !== undefined) message.extend(5_000);
        await setTimeout(400);
      },
    },
    {
      filter: { message_timeout: "0.1s", max_message_timeout: "10s" },
      options: { maxMessageTimeoutMs: 10_000 },
    },
  );
  assert.equal((await ask({ headers: { "x-more": "yes" } })).status, 200);
  assert.equal((await ask()).status, 504);
});

test("an answer that is not allowed is not sent: Envoy denies, or lets through if it is told to", async (t) => {
  const wrong: RequestProcessor = { requestHeaders: () => ({ mode: { requestBody: "buffered" } }) };
  const closed = await start(t, wrong);
  assert.equal((await closed.ask()).status, 500);
  const open = await start(t, wrong, { filter: { failure_mode_allow: true } });
  assert.equal((await open.ask()).status, 200);
});

test("a processor that leaves is not asked again, and the request goes on", async (t) => {
  const { ask, seen } = await start(t, { requestHeaders: () => ({ leave: true }) });
  assert.equal((await ask()).status, 200);
  assert.deepEqual(seen(), ["requestHeaders"]);
});

interface Options {
  readonly upstream?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly mode?: Readonly<Record<string, string>>;
  readonly filter?: object;
  readonly options?: Partial<ExternalProcessorOptions>;
}

/** What the upstream got. */
interface Got {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly trailers: NodeJS.Dict<string>;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

async function start(
  t: TestContext,
  processor: RequestProcessor,
  { mode = {}, filter = {}, options = {}, upstream }: Options = {},
) {
  let got: Got | undefined;
  const seen: string[] = [];
  const phases = [
    "requestHeaders",
    "requestBody",
    "requestTrailers",
    "responseHeaders",
    "responseBody",
    "responseTrailers",
  ] as const;
  const noted = Object.fromEntries(
    phases.map((phase) => [
      phase,
      (message: never) => {
        seen.push(phase);
        return processor[phase]?.(message);
      },
    ]),
  );
  const library = await startLibrary(t, externalProcessorHandlers({ process: () => noted, ...options }));
  const { port: upstreamPort } = await startHttp(t, async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", headers } = request;
    const body = await text(request);
    got = { method, headers, trailers: request.trailers, body };
    if (upstream !== undefined) return upstream(request, response);
    const at = headers["x-at"];
    response.writeHead(200, { "x-secret": "1", ...(at !== undefined && { "x-at": at }) }).end(`It was: ${body}`);
  });
  const port = await freePort();
  library.set({
    clusters: [withTrailers(staticCluster("good", upstreamPort))],
    listeners: [toListener(port, { mode, filter })],
  });
  const envoy = await startEnvoy(t, { transport: "ads", xdsPort: library.xdsPort });
  await envoy.ready();
  const send = async ({ method = "GET", headers = {}, body, trailers }: Ask = {}) => {
    const chunked = trailers && { "transfer-encoding": "chunked", trailer: Object.keys(trailers).join() };
    const sent = request({ host: "127.0.0.1", port, method, agent: false, headers: { ...headers, ...chunked } });
    if (body !== undefined) sent.write(body);
    if (trailers !== undefined) sent.addTrailers(trailers);
    sent.end();
    // The only argument of this event.
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    return response;
  };
  return {
    send,
    stat: envoy.stat,
    seen: () => seen,
    async ask(about: Ask = {}) {
      const response = await send(about);
      const nothing: Got = { method: "", headers: {}, trailers: {}, body: "" };
      const answer = { status: response.statusCode, headers: response.headers, body: await text(response) };
      return { ...answer, got: got ?? nothing };
    },
  };
}

function withTrailers(cluster: object): object {
  const explicit_http_config = { http_protocol_options: { enable_trailers: true } };
  const options = typed("upstreams.http.v3.HttpProtocolOptions", { explicit_http_config });
  const key = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  return { ...cluster, typed_extension_protocol_options: { [key]: options } };
}

function toListener(port: number, { mode, filter }: Pick<Options, "mode" | "filter">): object {
  const processing = typed("filters.http.ext_proc.v3.ExternalProcessor", {
    grpc_service: { envoy_grpc: { cluster_name: "xds_cluster" } },
    // Busy machines take their time, and this is not about it.
    message_timeout: "5s",
    processing_mode: mode,
    mutation_rules: { allow_all_routing: true },
    ...filter,
  });
  const manager = typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "http",
    http_protocol_options: { enable_trailers: true },
    route_config: {
      name: "local",
      virtual_hosts: [
        {
          name: "all",
          domains: ["*"],
          routes: [
            {
              match: { prefix: "", headers: [{ name: "x-to", string_match: { exact: "nowhere" } }] },
              direct_response: { status: 404 },
            },
            { match: { prefix: "" }, route: { cluster: "good" } },
          ],
          response_headers_to_add: [{ header: { key: "x-metadata", value: "%DYNAMIC_METADATA(e2e.test:answer)%" } }],
        },
      ],
    },
    http_filters: [
      { name: "envoy.filters.http.ext_proc", typed_config: processing },
      { name: "envoy.filters.http.router", typed_config: typed("filters.http.router.v3.Router", {}) },
    ],
  });
  return {
    name: "http",
    address: { socket_address: { address: "127.0.0.1", port_value: port } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] }],
  };
}
