import { setImmediate } from "node:timers/promises";
import {
  decodeToJson,
  encodeJson,
  formatProblem,
  type JsonProblem,
  type JsonValue,
  validateBytes,
} from "@chancery/envoy-api";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Peer } from "../discovery/client.ts";
import type { Discovery } from "../discovery/discovery.ts";
import { Code, type GrpcCall, type OpenHandler, StatusError, toFrame, unary } from "../grpc/index.ts";
import type { Resource } from "../resource/resource.ts";
import { type ContentOf, readContent, toClientConfig } from "./client-config.ts";
import { type NodeMatcher, toNodeFilter } from "./node-matcher.ts";

const service = "envoy.service.status.v3.ClientStatusDiscoveryService";
const requestType = "envoy.service.status.v3.ClientStatusRequest";
const configType = "envoy.service.status.v3.ClientConfig";

/** The answer of the client status discovery service, or what is wrong with the request. */
export type ClientStatusAnswer = ClientStatus | { readonly ok: false; readonly problems: readonly JsonProblem[] };

interface ClientStatus {
  readonly ok: true;
  /**
   * The `config` of a `ClientStatusResponse`, as proto3 JSON: one for each client. There may be very much of it, so each is
   * made when it is read, once.
   */
  readonly configs: Iterable<{ readonly [key: string]: JsonValue }>;
}

/** Answers a `ClientStatusRequest` as parsed JSON: which clients there are, and what each has of what it is to have. */
export function answerClientStatus(discovery: Discovery, body: unknown): ClientStatusAnswer {
  const encoded = encodeJson(requestType, body);
  return encoded.ok ? answer(discovery, encoded.bytes) : encoded;
}

/**
 * The client status discovery service over gRPC, for peers that `allow` says may see it.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/status/v3/csds.proto
 */
export function csdsHandlers(
  discovery: Discovery,
  allow: (peer: Peer) => boolean,
): readonly { readonly method: string; readonly open: OpenHandler }[] {
  const respond = async (bytes: Uint8Array): Promise<Uint8Array> => {
    const problems = validateBytes(requestType, bytes);
    if (problems.length > 0) return refuse(problems);
    const answered = answer(discovery, bytes);
    return answered.ok ? await encodeInTurns(answered.configs) : refuse(answered.problems);
  };
  const guarded = (open: OpenHandler): OpenHandler => {
    return (call) => {
      if (!allow(call.peer)) throw new StatusError(Code.PERMISSION_DENIED, "this peer must not see the clients");
      return open(call);
    };
  };
  const stream = (call: GrpcCall) => ({
    message: async (bytes: Uint8Array) => call.write(toFrame(await respond(bytes))),
    end: () => call.end(),
  });
  return [
    { method: `/${service}/StreamClientStatus`, open: guarded(stream) },
    { method: `/${service}/FetchClientStatus`, open: guarded(unary(respond)) },
  ];
}

interface ClientStatusRequest {
  readonly node_matchers?: readonly NodeMatcher[];
  readonly exclude_resource_contents?: boolean;
}

function answer(discovery: Discovery, bytes: Uint8Array): ClientStatusAnswer {
  // What the decoder makes of this type has these fields.
  const request = decodeToJson(requestType, bytes) as ClientStatusRequest;
  const { node_matchers = [], exclude_resource_contents = false } = request;
  const filters: ReturnType<typeof toNodeFilter>[] = [];
  for (const [index, matcher] of node_matchers.entries()) {
    try {
      filters.push(toNodeFilter(matcher));
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      return { ok: false, problems: [{ path: `node_matchers[${index}]`, message: error.message }] };
    }
  }
  const contentOf = exclude_resource_contents ? () => undefined : remembering(readContent);
  const clients = [...discovery.clients].filter(
    ({ node }) => filters.length === 0 || filters.some((matches) => matches(node)),
  );
  return { ok: true, configs: clients.values().map((client) => toClientConfig(client, contentOf)) };
}

/** Clients share most of their resources. */
function remembering(read: ContentOf): ContentOf {
  const known = new Map<Resource, ReturnType<ContentOf>>();
  return (resource) => {
    if (!known.has(resource)) known.set(resource, read(resource));
    return known.get(resource);
  };
}

/** A `ClientStatusResponse`, made a little at a time: of a large fleet it takes seconds. */
async function encodeInTurns(configs: ClientStatus["configs"]): Promise<Uint8Array> {
  const writer = new WireWriter();
  let turnEndMs = performance.now() + turnMs;
  for (const config of configs) {
    const encoded = encodeJson(configType, config, { validate: false });
    if (!encoded.ok) throw new TypeError(`Cannot encode the status of a client: ${JSON.stringify(encoded.problems)}`);
    writer.tag(configField, WireType.Bytes).bytes(encoded.bytes);
    if (performance.now() < turnEndMs) continue;
    await setImmediate();
    turnEndMs = performance.now() + turnMs;
  }
  return writer.finish();
}

/** The number of `config` in a `ClientStatusResponse`. */
const configField = 1;
const turnMs = 5;

function refuse(problems: readonly JsonProblem[]): never {
  throw new StatusError(Code.INVALID_ARGUMENT, problems.map(formatProblem).join("; "));
}
