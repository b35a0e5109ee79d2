import { encodeJson, type JsonProblem } from "@chancery/envoy-api";
import { makeTag, sizeOfVarint, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type Resource, toResource } from "@chancery/xds";
import { release } from "../release.ts";
import type { Draft, DraftType } from "./draft.ts";
import { memo } from "./memo.ts";

export type EncodedDraft =
  | { readonly ok: true; readonly resource: Resource }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

/** The messages of the types that the model is translated to. */
export const messages: Readonly<Record<DraftType, string>> = {
  clusters: "envoy.config.cluster.v3.Cluster",
  endpoints: "envoy.config.endpoint.v3.ClusterLoadAssignment",
  listeners: "envoy.config.listener.v3.Listener",
  routes: "envoy.config.route.v3.RouteConfiguration",
  secrets: "envoy.extensions.transport_sockets.tls.v3.Secret",
  extensionConfigs: "envoy.config.core.v3.TypedExtensionConfig",
  runtimes: "envoy.service.runtime.v3.Runtime",
};

/** The type URL of the resources of a type. */
export function typeUrlOf(type: DraftType): string {
  return `type.googleapis.com/${messages[type]}`;
}

/** Makes the resource of a draft, or says what Envoy would refuse in it. The same draft gives the same result. */
export const encodeDraft: (draft: Draft) => EncodedDraft = memo((draft) => {
  const { type, name, json } = draft;
  const message = messages[type];
  const encoded = encodeInParts(message, json);
  if (!encoded.ok) return encoded;
  const resource = toResource({ typeUrl: typeUrlOf(type), name, body: encoded.bytes });
  // The resource has a copy.
  release(encoded.bytes);
  return { ok: true, resource };
});

type Bytes =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

/** A repeated field of a message that most of it may be. */
interface Parts {
  readonly key: string;
  readonly field: number;
  readonly message: string;
}

const leastParts = 8;

/** Most of a table of routes is virtual hosts, and most of one of these may be routes. */
const partsOf: Readonly<Record<string, Parts>> = {
  [messages.routes]: { key: "virtualHosts", field: 2, message: "envoy.config.route.v3.VirtualHost" },
  "envoy.config.route.v3.VirtualHost": { key: "routes", field: 3, message: "envoy.config.route.v3.Route" },
};

/**
 * Encodes a message; those of its parts that are the same objects as before are not encoded again. On the wire they are
 * entries of a repeated field, which may stand apart from the other fields.
 */
function encodeInParts(message: string, json: object): Bytes {
  const parts = partsOf[message];
  if (parts === undefined) return encodeJson(message, json);
  const { [parts.key]: list = [], ...rest } = json as Readonly<Record<string, readonly object[] | undefined>>;
  // To keep each of a few parts costs more than to encode them again.
  if (list.length < leastParts) return encodeJson(message, json);
  const head = encodeJson(message, rest);
  if (!head.ok) return head;
  const encode = encoders[parts.message] ?? ((part) => encodeInParts(parts.message, part));
  const encoded = list.map((part) => encode(part));
  const problems = encoded.flatMap((each, index): readonly JsonProblem[] =>
    each.ok ? none : each.problems.map((problem) => placed(problem, `${parts.key}[${index}]`)),
  );
  if (problems.length > 0) return { ok: false, problems };
  const pieces = encoded.map((each) => (each.ok ? each.bytes : nothing));
  const size = pieces.reduce((sum, { length }) => sum + sizeOfField(parts.field, length), head.bytes.length);
  // Of just the size, since it may be megabytes with each change.
  const writer = new WireWriter(size).raw(head.bytes);
  for (const piece of pieces) writer.tag(parts.field, WireType.Bytes).bytes(piece);
  return { ok: true, bytes: writer.finish() };
}

const none: readonly never[] = [];
const nothing = new Uint8Array();

function sizeOfField(field: number, length: number): number {
  return sizeOfVarint(makeTag(field, WireType.Bytes)) + sizeOfVarint(length) + length;
}

/** One for each message that is a part of another. */
const encoders: Readonly<Record<string, (part: object) => Bytes>> = Object.fromEntries(
  Object.values(partsOf).map(({ message }) => [message, memo((part: object) => kept(encodeInParts(message, part)))]),
);

/** A copy of bytes beside others: a memory of its own is more than most parts need. */
function kept(encoded: Bytes): Bytes {
  return encoded.ok ? { ok: true, bytes: Buffer.from(encoded.bytes) } : encoded;
}

function placed(problem: JsonProblem, place: string): JsonProblem {
  return { ...problem, path: problem.path === "" ? place : `${place}.${problem.path}` };
}
