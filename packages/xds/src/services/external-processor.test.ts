import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { decodeToJson, encodeJson } from "@chancery/envoy-api";
import { status } from "@grpc/grpc-js";
import { Code, StatusError } from "../grpc/index.ts";
import { callBidi, collect, grpcClient, nextMessage, type Stream, statusOf } from "../grpc/testdata/grpc-client.ts";
import { closeOf, frame, rawCall, rawClient } from "../grpc/testdata/raw-client.ts";
import { serve } from "../grpc/testdata/serve.ts";
import {
  AdmissionControl,
  type ExternalProcessorOptions,
  externalProcessorHandlers,
  type RequestProcessor,
} from "./index.ts";

const headers = { request_headers: { headers: { headers: [header(":path", "/"), header("x-a", "1")] } } };
const responseHeaders = { response_headers: { headers: { headers: [header(":status", "200")] } } };
const ended = { request_headers: { ...headers.request_headers, end_of_stream: true } };

test("each message is answered once, in order; what nothing is said of goes on as it is", async (t) => {
  const { open } = await start(t, {});
  const answers = await talk(open(), [
    withBodies("STREAMED", "STREAMED", headers),
    { request_body: { body: "YQ==" } },
    { request_body: { body: "Yg==" } },
    { request_trailers: {} },
    responseHeaders,
    { response_body: { body: "Yw==", end_of_stream: true } },
  ]);
  const nothing = { response: {} };
  assert.deepEqual(answers, [
    { request_headers: nothing },
    { request_body: nothing },
    { request_body: nothing },
    { request_trailers: {} },
    { response_headers: nothing },
    { response_body: nothing },
  ]);
});

test("messages are read with all that they say", async (t) => {
  const seen: unknown[] = [];
  const { open } = await start(t, {
    requestHeaders(message) {
      const { observability, bodyMode, attributes, metadata, endOfStream } = message;
      seen.push({ observability, bodyMode, attributes, metadata, endOfStream, headers: message.headers });
      seen.push([message.get("x-a"), message.get("x-b")]);
    },
    requestBody: ({ body, endOfStream, bodyMode }) => void seen.push([`${Buffer.from(body)}`, endOfStream, bodyMode]),
    responseTrailers: (message) => void seen.push(message.get("x-sum")),
  });
  await talk(open(), [
    withBodies("BUFFERED", "NONE", {
      request_headers: { headers: { headers: [header("X-A", "1"), header("x-a", "2"), { key: "x-c", value: "3" }] } },
      attributes: { "envoy.filters.http.ext_proc": { "request.path": "/" } },
      metadata_context: { filter_metadata: { "envoy.lb": { canary: true } } },
    }),
    { request_body: { body: "YWJj", end_of_stream: true } },
    { response_trailers: { trailers: { headers: [header("x-sum", "7")] } } },
  ]);
  assert.deepEqual(seen, [
    {
      ...{ observability: false, bodyMode: "buffered", endOfStream: false },
      attributes: { "envoy.filters.http.ext_proc": { "request.path": "/" } },
      metadata: { "envoy.lb": { canary: true } },
      headers: [
        { name: "x-a", value: "1" },
        { name: "x-a", value: "2" },
        { name: "x-c", value: "3" },
      ],
    },
    ["1, 2", undefined],
    ["abc", true, "buffered"],
    "7",
  ]);
});

test("changes are written as they are meant", async (t) => {
  const { open } = await start(
    t,
    {
      requestHeaders: () => ({
        headers: [
          { name: "x-set", value: "ä" },
          { name: "x-append", value: "1", action: "append" },
          { name: "x-a", value: "not added", action: "add" },
          { name: "x-a", value: "replaced", action: "replace" },
        ],
        headersToRemove: ["x-b"],
        clearRouteCache: true,
        mode: { responseBody: "streamed", responseTrailers: "send", responseHeaders: "skip" },
        dynamicMetadata: { shop: { user: "ann" } },
      }),
      requestBody: () => ({ body: "new", headersToRemove: ["x-set"] }),
      responseBody: () => ({ body: "" }),
      responseTrailers: () => ({ headers: [{ name: "x-sum", value: "8" }], dynamicMetadata: { shop: { sum: 8 } } }),
    },
    { allowModeOverride: true },
  );
  const answers = await talk(open(), [
    withBodies("BUFFERED", "NONE", headers),
    { request_body: { body: "YQ==", end_of_stream: true } },
    { response_body: { body: "YQ==" } },
    { response_trailers: {} },
  ]);
  assert.deepEqual(answers, [
    {
      request_headers: {
        response: {
          header_mutation: {
            set_headers: [
              { header: header("x-set", "ä"), append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
              { header: header("x-append", "1"), append: true },
              { header: header("x-a", "replaced"), append_action: "OVERWRITE_IF_EXISTS_OR_ADD" },
            ],
            remove_headers: ["x-b"],
          },
          clear_route_cache: true,
        },
      },
      dynamic_metadata: { shop: { user: "ann" } },
      mode_override: {
        ...{ response_header_mode: "SKIP", response_trailer_mode: "SEND" },
        ...{ request_body_mode: "BUFFERED", response_body_mode: "STREAMED" },
      },
    },
    {
      request_body: {
        response: { header_mutation: { remove_headers: ["x-set"] }, body_mutation: { body: "bmV3" } },
      },
    },
    { response_body: { response: { body_mutation: { clear_body: true } } } },
    {
      response_trailers: {
        header_mutation: {
          set_headers: [{ header: header("x-sum", "8"), append_action: "OVERWRITE_IF_EXISTS_OR_ADD" }],
        },
      },
      dynamic_metadata: { shop: { sum: 8 } },
    },
  ]);
});

test("a body that takes the place of another is the last that is heard of this direction", async (t) => {
  const bodies: string[] = [];
  const { open } = await start(t, {
    requestHeaders: () => ({ replaceBody: "new", headers: [{ name: ":method", value: "PUT" }] }),
    requestBody: ({ body }) => void bodies.push(`${body}`),
  });
  const answers = await talk(open(), [
    withBodies("STREAMED", "NONE", headers),
    { request_body: { body: "YQ==", end_of_stream: true } },
    responseHeaders,
  ]);
  assert.partialDeepStrictEqual(answers, [
    { request_headers: { response: { status: "CONTINUE_AND_REPLACE", body_mutation: { body: "bmV3" } } } },
    { response_headers: {} },
  ]);
  assert.equal(answers.length, 2);
  assert.deepEqual(bodies, []);
});

test("a response of its own ends it", async (t) => {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { open } = await start(t, {
    requestHeaders: () => ({
      immediate: {
        ...{ status: 429, body: "no", grpcStatus: 8, details: "too_many", headersToRemove: ["x-b"] },
        headers: [{ name: "x-a", value: "1", action: "append" }],
      },
      dynamicMetadata: { shop: { denied: true } },
    }),
    close,
  });
  const stream = open();
  stream.write(encode(headers));
  const { messages, status: end } = await collect(stream);
  assert.equal(end.code, status.OK);
  assert.deepEqual(messages.map(decode), [
    {
      immediate_response: {
        ...{ status: { code: "TooManyRequests" }, body: "bm8=", grpc_status: { status: 8 }, details: "too_many" },
        headers: { set_headers: [{ header: header("x-a", "1"), append: true }], remove_headers: ["x-b"] },
      },
      dynamic_metadata: { shop: { denied: true } },
    },
  ]);
  await closed;
});

test("a response of its own may be made while it is sent", async (t) => {
  const { open } = await start(t, {
    requestHeaders: () => ({
      immediate: { status: 200, headers: [{ name: "x-a", value: "1" }], chunks: ["a", "b"] },
      dynamicMetadata: { shop: { cached: true } },
    }),
  });
  const stream = open();
  stream.write(encode(withBodies("NONE", "NONE", headers)));
  const { messages, status: end } = await collect(stream);
  assert.equal(end.code, status.OK);
  const streamed = (content: object) => ({ streamed_immediate_response: content });
  assert.deepEqual(messages.map(decode), [
    {
      ...streamed({ headers_response: { headers: { headers: [header(":status", "200"), header("x-a", "1")] } } }),
      dynamic_metadata: { shop: { cached: true } },
    },
    streamed({ body_response: { body: "YQ==" } }),
    streamed({ body_response: { body: "Yg==", end_of_stream: true } }),
  ]);
});

test("who leaves is asked no more", async (t) => {
  const { open } = await start(t, { requestHeaders: () => ({ leave: true }) });
  const stream = open();
  stream.write(encode(headers));
  const { messages, status: end } = await collect(stream);
  assert.deepEqual([end.code, messages], [status.OK, []]);
});

test("full duplex: headers wait, bodies go on in other pieces, and the last is marked", async (t) => {
  const { open } = await start(t, {
    requestHeaders: () => ({ hold: true }),
    requestBody: ({ endOfStream }) =>
      endOfStream
        ? { chunks: ["a".repeat(70_000), "b"], heldHeaders: { headers: [{ name: "x-a", value: "1", action: "add" }] } }
        : { chunks: [] },
  });
  const stream = open();
  stream.write(encode(withBodies("FULL_DUPLEX_STREAMED", "NONE", headers)));
  stream.write(encode({ request_body: { body: "YQ==" } }));
  stream.write(encode({ request_body: { body: "YQ==", end_of_stream: true } }));
  stream.end();
  const { messages } = await collect(stream);
  assert.deepEqual(
    messages.map((bytes) => shape(decode(bytes))),
    ["request_headers unchanged", "request_body 65536", "request_body 4464", "request_body 1 end"],
  );
});

test("full duplex: without a word bodies and trailers go on as they came", async (t) => {
  const { open } = await start(t, {});
  const answers = await talk(open(), [
    withBodies("NONE", "FULL_DUPLEX_STREAMED", ended),
    responseHeaders,
    { response_body: { body: "YWI=" } },
    { response_trailers: {} },
  ]);
  assert.deepEqual(answers.map(shape), [
    "request_headers unchanged",
    "response_headers unchanged",
    "response_body 2",
    "response_trailers unchanged",
  ]);
});

test("full duplex: headers that wait for trailers go first, then the rest of the body", async (t) => {
  const { open } = await start(t, {
    responseHeaders: () => ({ hold: true }),
    responseBody: () => ({ chunks: [] }),
    responseTrailers: () => ({ chunks: "all", heldHeaders: { headersToRemove: ["x-a"] } }),
  });
  const stream = open();
  for (const message of [
    withBodies("NONE", "FULL_DUPLEX_STREAMED", responseHeaders),
    { response_body: { body: "YWI=" } },
    { response_trailers: {} },
  ]) {
    stream.write(encode(message));
  }
  stream.end();
  const { messages } = await collect(stream);
  assert.deepEqual(
    messages.map((bytes) => shape(decode(bytes))),
    ["response_headers changed", "response_body 3", "response_trailers unchanged"],
  );
});

test("full duplex: an endless body is made no faster than it is taken", async (t) => {
  let made = 0;
  const piece = new Uint8Array(65_536);
  const { address } = await start(t, {
    responseBody: () => ({
      chunks: (async function* () {
        for (;;) {
          made++;
          yield piece;
          await setImmediate();
        }
      })(),
    }),
  });
  // It reads nothing, and so takes no more than its window.
  const session = await rawClient(t, address);
  const stream = rawCall(session, "/envoy.service.ext_proc.v3.ExternalProcessor/Process");
  stream.write(frame(encode(withBodies("NONE", "FULL_DUPLEX_STREAMED", responseHeaders))));
  stream.write(frame(encode({ response_body: {} })));
  let before = -1;
  while (made === 0 || made !== before) {
    before = made;
    for (let turn = 0; turn < 200; turn++) await setImmediate();
  }
  assert.ok(made < 10, `${made} pieces`);
  stream.destroy();
  await closeOf(stream);
});

test("an observer is not answered, and may leave", async (t) => {
  const { open } = await start(t, {
    requestHeaders: ({ observability }) => assert.equal(observability, true),
    responseHeaders: () => ({ leave: true }),
  });
  const stream = open();
  stream.write(encode({ ...headers, observability_mode: true }));
  stream.write(encode({ ...responseHeaders, observability_mode: true }));
  const { messages, status: end } = await collect(stream);
  assert.deepEqual([end.code, messages], [status.OK, []]);
});

test("more time is asked for before the answer, once", async (t) => {
  const { open } = await start(
    t,
    {
      requestHeaders(message) {
        message.extend(1_500);
        assert.throws(() => message.extend(1_500), { message: /that can be done once for a message/ });
      },
      requestBody: (message) => message.extend(2),
    },
    { maxMessageTimeoutMs: 2_000 },
  );
  const stream = open();
  stream.write(encode(withBodies("STREAMED", "NONE", headers)));
  stream.write(encode({ request_body: {} }));
  stream.end();
  const { messages } = await collect(stream);
  const answers = messages.map(decode);
  assert.partialDeepStrictEqual(answers, [
    { override_message_timeout: "1.500s" },
    { request_headers: {} },
    { override_message_timeout: "0.002s" },
    { request_body: {} },
  ]);
});

test("an answer that the protocol does not allow is not sent: the call ends, and the error says why", async (t) => {
  for (const [processor, before, message] of refusals) {
    const { open, errors } = await start(t, processor, { allowModeOverride: true });
    const stream = open();
    for (const one of before) stream.write(encode(one));
    const { code } = await statusOf(stream);
    assert.deepEqual([code, errors.map(({ message }) => message)], [status.INTERNAL, [message]]);
    assert.equal(errors[0]?.name, "TypeError");
  }
});

const streamed = [withBodies("STREAMED", "STREAMED", headers), { request_body: {} }];
const duplex = [withBodies("FULL_DUPLEX_STREAMED", "NONE", headers), { request_body: {} }];
const observed = { ...headers, observability_mode: true };
const setA = [{ name: "x-a", value: "1" }];

const refusals: readonly (readonly [RequestProcessor, readonly object[], string])[] = [
  [
    // @ts-expect-error A mistake that the compiler finds, too.
    { requestBody: () => ({ mode: { requestBody: "buffered" } }) },
    streamed,
    'Cannot answer the request body: "mode" is for headers',
  ],
  [
    // @ts-expect-error
    { requestHeaders: () => ({ status: 403 }) },
    [headers],
    'Cannot answer the request headers: there is no "status"',
  ],
  [
    { requestBody: () => ({ headers: setA }) },
    streamed,
    "Cannot answer the request body: headers cannot be changed with it in the mode streamed",
  ],
  [
    { requestBody: () => ({ chunks: ["a"] }) },
    streamed,
    'Cannot answer the request body: "chunks" needs the mode full-duplex, and it is streamed',
  ],
  [
    { requestBody: () => ({ body: "a" }) },
    duplex,
    'Cannot answer the request body: in the mode full-duplex it is "chunks" that go on, not "body"',
  ],
  [
    { requestBody: () => ({ heldHeaders: { headers: setA } }) },
    duplex,
    "Cannot answer the request body: no headers are on hold",
  ],
  [
    { requestHeaders: () => ({ hold: true }) },
    streamed,
    'Cannot answer the request headers: "hold" needs the mode full-duplex',
  ],
  [
    { requestHeaders: () => ({ hold: true, headers: setA }) },
    duplex,
    'Cannot answer the request headers: "headers" cannot be said while headers are on hold',
  ],
  [
    { requestHeaders: () => ({ replaceBody: "a" }) },
    duplex,
    'Cannot answer the request headers: in the mode full-duplex a body that comes cannot be replaced with the headers: answer it with "chunks"',
  ],
  [
    { requestBody: () => ({ leave: true }) },
    duplex,
    "Cannot answer the request body: what has come of the request body would be lost, as its mode is full-duplex",
  ],
  [
    { responseHeaders: () => ({ clearRouteCache: true, headers: setA }) },
    [responseHeaders],
    "Cannot answer the response headers: clearRouteCache is for requests",
  ],
  [
    { requestHeaders: () => ({ clearRouteCache: true }) },
    [headers],
    "Cannot answer the request headers: clearRouteCache has no effect without changes of headers",
  ],
  [
    { responseBody: () => ({ immediate: { status: 403 } }) },
    [withBodies("NONE", "STREAMED", responseHeaders), { response_body: {} }],
    "Cannot answer the response body: the client has got headers of the response already, so it cannot get another",
  ],
  [
    { responseBody: () => ({ immediate: { status: 403 } }) },
    [withBodies("NONE", "STREAMED", { response_body: {} })],
    "Cannot answer the response body: with a streamed body the client has got headers already",
  ],
  [
    { requestHeaders: () => ({ immediate: { status: 100 } }) },
    [headers],
    "Cannot answer the request headers: status is 100: it must be from 200 to 599",
  ],
  [
    { requestHeaders: () => ({ immediate: { status: 403, headers: [{ name: "x-a", value: "1", action: "add" }] } }) },
    [headers],
    'Cannot add header "x-a": what there is before is not known here; it may be "append" or "overwrite"',
  ],
  [
    { requestHeaders: () => ({ immediate: { status: 403 }, headers: setA }) },
    [headers],
    'Cannot answer the request headers: "headers" cannot be said along with "immediate"',
  ],
  [
    { requestBody: () => ({ chunks: [], dynamicMetadata: { a: { b: 1 } } }) },
    duplex,
    'Cannot answer the request body: "dynamicMetadata" needs chunks to go with',
  ],
  [
    { requestHeaders: () => ({ immediate: { status: 200, chunks: "a", grpcStatus: 1 } }) },
    [headers],
    'Cannot answer the request headers: a response with "chunks" has no "grpcStatus"',
  ],
  [
    { requestHeaders: () => ({ immediate: { status: 200, chunks: "a" } }) },
    streamed,
    'Cannot answer the request headers: "chunks" of a response need a request whose body mode is none or full-duplex, and it is streamed',
  ],
  [
    { responseHeaders: () => ({ immediate: { status: 200, chunks: "a" } }) },
    [responseHeaders],
    'Cannot answer the response headers: "chunks" of a response need the headers of a request',
  ],
  [
    { requestHeaders: () => ({ headers: [{ name: "x a", value: "1" }] }) },
    [headers],
    'Cannot answer the request headers: "x a" is no name of a header',
  ],
  [
    { requestHeaders: () => ({ headers: [{ name: "x-a", value: "1\r\nx-b: 2" }] }) },
    [headers],
    'Cannot answer the request headers: the value of header "x-a" has characters that no header may have',
  ],
  [
    // Code without types says what it likes.
    { requestHeaders: () => ({ headers: [{ name: "x-a", value: "1", action: "constructor" as "append" }] }) },
    [headers],
    'Cannot answer the request headers: the action for header "x-a" is "constructor"',
  ],
  [
    { requestHeaders: () => ({ headersToRemove: [":path"] }) },
    [headers],
    'Cannot answer the request headers: header ":path" cannot be removed',
  ],
  [
    { requestHeaders: () => ({ headersToRemove: ["Host"] }) },
    [headers],
    'Cannot answer the request headers: header "Host" cannot be removed',
  ],
  [
    { requestHeaders: () => ({ headers: setA }) },
    [observed],
    "Cannot answer the request headers: nothing can be changed in observability mode",
  ],
  [
    { requestHeaders: () => ({ mode: { responseBody: "full-duplex" } }) },
    [headers],
    "Cannot answer the request headers: full-duplex needs trailers to be sent",
  ],
  [
    // @ts-expect-error
    { requestHeaders: () => ({ mode: { responseBody: "BUFFERED" } }) },
    [headers],
    'Cannot answer the request headers: mode.responseBody is "BUFFERED": it may be none, streamed, buffered, buffered-partial, full-duplex',
  ],
  [
    { responseHeaders: () => ({ mode: { requestTrailers: "send" } }) },
    [responseHeaders],
    "Cannot answer the response headers: the mode of the request cannot be changed any more",
  ],
  [
    { requestHeaders: () => ({ mode: { responseBody: "buffered" } }) },
    [{ ...headers, protocol_config: { send_body_without_waiting_for_header_response: true } }],
    "Cannot answer the request headers: mode has no effect with send_body_without_waiting_for_header_response",
  ],
  [
    { requestHeaders: (message) => message.extend(100) },
    [headers],
    "Cannot ask for more time: give maxMessageTimeoutMs, as the filter has it in max_message_timeout",
  ],
  [
    { requestHeaders: (message) => message.extend(100) },
    [observed],
    "Cannot ask for more time: no answer is wanted in observability mode",
  ],
];

test("mode and more time need to be announced", async (t) => {
  const mode = await start(t, { requestHeaders: () => ({ mode: { responseBody: "buffered" } }) });
  const first = mode.open();
  first.write(encode(headers));
  await statusOf(first);
  assert.match(
    mode.errors[0]?.message ?? "",
    /mode needs allow_mode_override in the filter, and allowModeOverride here/,
  );
  const time = await start(t, { requestHeaders: (message) => message.extend(0.5) }, { maxMessageTimeoutMs: 10 });
  const second = time.open();
  second.write(encode(headers));
  await statusOf(second);
  assert.match(time.errors[0]?.message ?? "", /0.5 ms are not from 1 to 10 ms/);
});

test("a client that breaks the order is told so", async (t) => {
  const body = { request_body: { end_of_stream: true } };
  for (const [messages, message] of [
    [[headers, headers], "request headers cannot come after headers of the request"],
    [[body, headers], "request headers cannot come after the end of the request"],
    [[body, body], "request body cannot come after the end of the request"],
    [[ended, { request_trailers: {} }], "request trailers cannot come after the end of the request"],
    [[{ request_trailers: {} }, body], "request body cannot come after the end of the request"],
    [[{ response_body: {} }, responseHeaders], "response headers cannot come after body of the response"],
  ] as const) {
    const { open } = await start(t, {});
    const stream = open();
    for (const one of messages) stream.write(encode(one));
    const { code, details } = await statusOf(stream);
    assert.deepEqual([code, details], [status.INVALID_ARGUMENT, message]);
  }
});

test("a mode that is not implemented, and what is no protobuf, are refused", async (t) => {
  const { open } = await start(t, {});
  for (const [bytes, code, message] of [
    [
      encode(withBodies("NONE", "GRPC", headers)),
      status.UNIMPLEMENTED,
      "the mode of the response body is not implemented here",
    ],
    [Buffer.from([0x80]), status.INVALID_ARGUMENT, "malformed message: truncated varint at byte 0"],
  ] as const) {
    const stream = open();
    stream.write(bytes);
    const end = await statusOf(stream);
    assert.deepEqual([end.code, end.details], [code, message]);
  }
});

test("what a processor throws is how the call ends", async (t) => {
  const { open } = await start(t, {
    requestHeaders() {
      throw new StatusError(Code.PERMISSION_DENIED, "not you");
    },
  });
  const stream = open();
  stream.write(encode(headers));
  const { code, details } = await statusOf(stream);
  assert.deepEqual([code, details], [status.PERMISSION_DENIED, "not you"]);
});

test("so many are processed at a time, and one more when one is over", async (t) => {
  const { open } = await start(t, {}, { maxStreams: 1 });
  const first = open();
  first.write(encode(headers));
  await nextMessage(first);
  const second = open();
  second.write(encode(headers));
  assert.equal((await statusOf(second)).code, status.UNAVAILABLE);
  first.end();
  await statusOf(first);
  assert.equal((await talk(open(), [headers])).length, 1);
});

test("calls beyond those that can be decided on are refused, so that Envoy decides what becomes of its requests", async (t) => {
  const { promise: go, resolve } = Promise.withResolvers<undefined>();
  const admission = new AdmissionControl({ maxPending: 1 });
  const { open } = await start(t, { requestHeaders: () => go }, { admission });
  const first = open();
  first.write(encode(headers));
  while (admission.stats.pending === 0) await setImmediate();
  const second = open();
  second.write(encode(headers));
  assert.equal((await statusOf(second)).code, status.UNAVAILABLE);
  resolve(undefined);
  await nextMessage(first);
  first.end();
  await statusOf(first);
  assert.partialDeepStrictEqual(admission.stats, { admitted: 1, shed: 1, pending: 0 });
});

test("options that make no sense are refused", () => {
  const process = () => ({});
  assert.throws(() => externalProcessorHandlers({ process, maxStreams: 0 }), { message: /^maxStreams is 0/ });
  const maxMessageTimeoutMs = 0.5;
  assert.throws(() => externalProcessorHandlers({ process, maxMessageTimeoutMs }), {
    message: /^maxMessageTimeoutMs is 0.5/,
  });
});

async function start(t: TestContext, processor: RequestProcessor, options: Partial<ExternalProcessorOptions> = {}) {
  const errors: Error[] = [];
  const onError = (error: unknown) => errors.push(error instanceof Error ? error : new Error(`${error}`));
  const handlers = externalProcessorHandlers({ process: async () => processor, ...options });
  const { server, address } = await serve(t, {}, { onError });
  for (const { method, open, options } of handlers) server.handle(method, open, options);
  const client = grpcClient(t, address);
  return { address, errors, open: () => callBidi(client, "/envoy.service.ext_proc.v3.ExternalProcessor/Process") };
}

/** Sends messages and returns what was answered when the call is over. */
async function talk(stream: Stream, messages: readonly object[]): Promise<readonly unknown[]> {
  for (const message of messages) stream.write(encode(message));
  stream.end();
  const { messages: answers, status: end } = await collect(stream);
  assert.equal(end.code, status.OK, end.details);
  return answers.map(decode);
}

function withBodies(request_body_mode: string, response_body_mode: string, message: object): object {
  return { ...message, protocol_config: { request_body_mode, response_body_mode } };
}

function header(key: string, value: string): object {
  return { key, raw_value: Buffer.from(value).toString("base64") };
}

function encode(message: object): Buffer {
  const encoded = encodeJson("envoy.service.ext_proc.v3.ProcessingRequest", message, { validate: false });
  assert(encoded.ok, JSON.stringify(encoded));
  return Buffer.from(encoded.bytes);
}

function decode(bytes: Uint8Array): unknown {
  return decodeToJson("envoy.service.ext_proc.v3.ProcessingResponse", bytes);
}

/** What is answered, and how long the piece of a body is. */
function shape(answer: unknown): string {
  const [[what = "", content] = []] = Object.entries(Object(answer));
  const text = JSON.stringify(content);
  const piece = /"streamed_response":\{(?:"body":"([^"]*)")?/.exec(text);
  if (piece === null) return `${what} ${text.includes("mutation") ? "changed" : "unchanged"}`;
  const { length } = Buffer.from(piece[1] ?? "", "base64");
  return `${what} ${length}${text.includes("end_of_stream") ? " end" : ""}`;
}
