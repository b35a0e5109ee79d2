import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { ResourceType } from "../resource/type.ts";
import type { Groups } from "../snapshot/snapshots.ts";
import { ClientStream } from "../stream/client-stream.ts";
import { ProtocolError } from "../stream/conversation.ts";
import { readRequest } from "../stream/request.ts";
import type { Client, Peer } from "./client.ts";
import type { Discovery } from "./discovery.ts";
import { readNode } from "./node.ts";

/** One question of a client that has no stream. */
export interface FetchRequest {
  readonly type: ResourceType;
  /** A `DiscoveryRequest` in wire format. */
  readonly bytes: Uint8Array;
  readonly method: string;
  readonly peer: Peer;
  readonly metadata: Client["metadata"];
  /** How long to wait for an answer that differs from the version the client has. Default: 0, not at all. */
  readonly waitMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Fetched {
  readonly version: string;
  /** True if that is the version that the client has. */
  readonly unchanged: boolean;
  /** A `DiscoveryResponse` in wire format. */
  readonly bytes: Uint8Array;
}

/**
 * Answers a request by itself, as the Fetch methods and REST do: with the resources there are of those asked for.
 * Undefined if the client's group has no snapshot. What hooks throw is thrown, and a ProtocolError.
 */
export async function fetchResources(discovery: Discovery, request: FetchRequest): Promise<Fetched | undefined> {
  const { hooks, snapshots, groupOf, legacyWildcard, identifier } = discovery;
  const { type, bytes, waitMs = 0, signal } = request;
  const parsed = readRequest("sotw", bytes);
  if (parsed.node === undefined) throw new ProtocolError("node is required");
  const stranger = toClient(request, parsed.node, undefined);
  const client = toClient(request, parsed.node, await hooks.authenticate?.(stranger));
  await hooks.authorize?.(client);
  const groups = await groupOf(client, { typeUrl: type.typeUrl });
  await hooks.onRequest?.(client, parsed);

  const answer = (): Fetched | undefined => {
    const snapshot = snapshots.read(groups);
    if (snapshot === undefined) return undefined;
    const stream = new ClientStream({ variant: "sotw", only: type, legacyWildcard, identifier });
    stream.receive(parsed);
    stream.observe(snapshot);
    const { version } = snapshot.set(type.typeUrl);
    const response = stream.next();
    const message = response === undefined ? emptyResponse(type, version) : [response.prefix, ...response.frame.chunks];
    return { version, unchanged: version === parsed.version, bytes: Buffer.concat(message) };
  };

  for (const endMs = performance.now() + waitMs; ; ) {
    const fetched = answer();
    const leftMs = endMs - performance.now();
    if (fetched?.unchanged === false || leftMs <= 0 || signal?.aborted) return fetched;
    await changed(discovery, { groups, leftMs, signal });
  }
}

function toClient({ method, peer, metadata }: FetchRequest, nodeBytes: Uint8Array, identity: unknown): Client {
  const node = readNode(nodeBytes);
  const asked = { id: 0, node, peer, metadata, identity, method, variant: "sotw", openedAt: new Date() } as const;
  return { ...asked, group: "", progress: "waiting", types: [] };
}

function emptyResponse({ typeUrl }: ResourceType, version: string): Uint8Array[] {
  return [new WireWriter().tag(1, WireType.Bytes).string(version).tag(4, WireType.Bytes).string(typeUrl).finish()];
}

interface Wait {
  readonly groups: Groups;
  readonly leftMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Resolves when the group's snapshot changes, when the time is over, or when nobody waits any more. */
async function changed({ snapshots }: Discovery, { groups, leftMs, signal }: Wait): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = () => resolve();
  const unwatch = snapshots.watch(groups, wake);
  const timer = setTimeout(wake, leftMs);
  signal?.addEventListener("abort", wake, { once: true });
  await promise;
  unwatch();
  clearTimeout(timer);
  signal?.removeEventListener("abort", wake);
}
