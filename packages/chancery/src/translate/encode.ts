import { encodeJson, type JsonProblem } from "@chancery/envoy-api";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type Resource, toResource } from "@chancery/xds";
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

/** Makes the resource of a draft, or says what Envoy would refuse in it. The same draft gives the same result. */
export const encodeDraft: (draft: Draft) => EncodedDraft = memo((draft) => {
  const { type, name, json } = draft;
  const message = messages[type];
  const encoded = type === "routes" ? encodeRoutes(json) : encodeJson(message, json);
  if (!encoded.ok) return encoded;
  return { ok: true, resource: toResource({ typeUrl: `type.googleapis.com/${message}`, name, body: encoded.bytes }) };
});

type Bytes =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

/**
 * Most of a route configuration is virtual hosts, and most of them are the same as last time: each is encoded when it is
 * new. In the message they are entries of a repeated field, which stand one after the other.
 */
function encodeRoutes(json: object): Bytes {
  const { virtualHosts = [], ...rest } = json as { readonly virtualHosts?: readonly object[] };
  const head = encodeJson(messages.routes, rest);
  if (!head.ok) return head;
  const problems: JsonProblem[] = [];
  const writer = new WireWriter().raw(head.bytes);
  for (const [index, host] of virtualHosts.entries()) {
    const encoded = encodeVirtualHost(host);
    if (encoded.ok) writer.tag(virtualHostsField, WireType.Bytes).bytes(encoded.bytes);
    else {
      const place = `virtualHosts[${index}]`;
      problems.push(
        ...encoded.problems.map((problem) => ({ ...problem, path: problem.path ? `${place}.${problem.path}` : place })),
      );
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, bytes: writer.finish() };
}

/** `RouteConfiguration.virtual_hosts`. */
const virtualHostsField = 2;

const encodeVirtualHost = memo((host: object): Bytes => encodeJson("envoy.config.route.v3.VirtualHost", host));
