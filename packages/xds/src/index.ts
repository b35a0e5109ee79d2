/** An xDS server library: snapshots of Envoy's resources, brought to the streams of its clients. */
export type { Client, DiscoveryEvent, Nack, Peer, TypeStatus } from "./discovery/client.ts";
export type { DiscoveryHooks, DiscoveryOptions, GroupOf } from "./discovery/discovery.ts";
export type { EventStream, EventsOptions } from "./discovery/events.ts";
export type { Limits } from "./discovery/limits.ts";
export type { Node } from "./discovery/node.ts";
export type { DiscoveryStats, TypeStats } from "./discovery/stats.ts";
export { formatProblem, type Problem } from "./resource/problem.ts";
export { bodyOf, type Resource, type ResourceInit, toResource } from "./resource/resource.ts";
export { type ResourceType, resourceTypes, typeOf } from "./resource/type.ts";
export { type RestRequest, type RestResponse, restPaths } from "./rest/rest.ts";
export { XdsServer, type XdsServerOptions } from "./server.ts";
export type { Transaction } from "./snapshot/change.ts";
export { type ParsedSnapshot, type ParseOptions, parseSnapshot } from "./snapshot/parse.ts";
export type { ResourceMap, ResourceSet } from "./snapshot/resource-set.ts";
export { Snapshot, type SnapshotOptions, toSnapshot } from "./snapshot/snapshot.ts";
export { type Acked, type AckedOptions, type Commit, type Groups, Snapshots } from "./snapshot/snapshots.ts";
export { type SnapshotDocument, snapshotToJson, type ToJsonOptions } from "./snapshot/to-json.ts";
export type { Request, Variant } from "./stream/request.ts";
