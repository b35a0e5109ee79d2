import { type Node, readLocality } from "../discovery/node.ts";
import { toAddressText } from "./address-text.ts";
import { FieldReader } from "./fields.ts";
import { MessageView } from "./message-view.ts";

/**
 * What a client tells of one cluster. Counters tell of the interval alone, so they may be added up; they are bigints,
 * as they may be beyond 2^53.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/endpoint/v3/load_report.proto
 */
export interface ClusterLoad {
  readonly cluster: string;
  /** The name by which the cluster asks for its endpoints, if that is another. */
  readonly serviceName: string;
  /** How long the interval was, in milliseconds: rates are counters divided by this. 0 if the client does not say. */
  readonly intervalMs: number;
  /** Requests that were dropped before they had an endpoint, in all and by reason. */
  readonly dropped: bigint;
  readonly drops: readonly { readonly category: string; readonly count: bigint }[];
  /** One for each locality and priority that had traffic. */
  readonly localities: readonly LocalityLoad[];
}

/** Requests and connections in an interval. */
export interface Load {
  /** Requests that began. */
  readonly issued: bigint;
  readonly successful: bigint;
  readonly errors: bigint;
  /** A gauge: requests under way at the end of the interval. */
  readonly inProgress: bigint;
  /** What endpoints told of themselves, such as with ORCA. */
  readonly metrics: readonly LoadMetric[];
}

export interface LocalityLoad extends Load {
  readonly locality: Node["locality"];
  readonly priority: number;
  /** A gauge: connections open at the end of the interval; those that were opened and that failed in it. */
  readonly activeConnections: bigint;
  readonly newConnections: bigint;
  readonly failedConnections: bigint;
  /** Only if the server asked for them. */
  readonly endpoints: readonly EndpointLoad[];
}

export interface EndpointLoad extends Load {
  /** Such as `10.0.0.1:80`, `[::1]:80`, or the path of a unix socket. */
  readonly address: string;
}

export interface LoadMetric {
  readonly name: string;
  /** Requests that ended with such a metric, and the sum of its values. */
  readonly count: bigint;
  readonly total: number;
}

/**
 * Reads the clusters of an `envoy.service.load_stats.v3.LoadStatsRequest`, one by one: there may be thousands of endpoints
 * in them. Throws a WireError.
 */
export function* readLoadReport(bytes: Uint8Array): Generator<ClusterLoad, void> {
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 2) yield readCluster(reader.bytes());
  }
}

function readCluster(bytes: Uint8Array): ClusterLoad {
  const drops: { category: string; count: bigint }[] = [];
  const localities: LocalityLoad[] = [];
  const load = { cluster: "", serviceName: "", intervalMs: 0, dropped: 0n, drops, localities };
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) load.cluster = reader.string();
    else if (reader.field === 2) localities.push(readLocalityLoad(reader.bytes()));
    else if (reader.field === 3) load.dropped = reader.uint64();
    else if (reader.field === 4) load.intervalMs = readDurationMs(reader.bytes());
    else if (reader.field === 5) drops.push(readDrops(reader.bytes()));
    else if (reader.field === 6) load.serviceName = reader.string();
  }
  return load;
}

function readDrops(bytes: Uint8Array): { category: string; count: bigint } {
  const drops = { category: "", count: 0n };
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) drops.category = reader.string();
    else if (reader.field === 2) drops.count = reader.uint64();
  }
  return drops;
}

function readLocalityLoad(bytes: Uint8Array): LocalityLoad {
  const endpoints: EndpointLoad[] = [];
  const metrics: LoadMetric[] = [];
  const load = {
    ...{ locality: noLocality, priority: 0, ...noLoad, metrics, endpoints },
    ...{ activeConnections: 0n, newConnections: 0n, failedConnections: 0n },
  };
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) load.locality = readLocality(reader.bytes());
    else if (reader.field === 2) load.successful = reader.uint64();
    else if (reader.field === 3) load.inProgress = reader.uint64();
    else if (reader.field === 4) load.errors = reader.uint64();
    else if (reader.field === 5) metrics.push(readMetric(reader.bytes()));
    else if (reader.field === 6) load.priority = reader.uint32();
    else if (reader.field === 7) endpoints.push(readEndpoint(reader.bytes()));
    else if (reader.field === 8) load.issued = reader.uint64();
    else if (reader.field === 9) load.activeConnections = reader.uint64();
    else if (reader.field === 10) load.newConnections = reader.uint64();
    else if (reader.field === 11) load.failedConnections = reader.uint64();
  }
  return load;
}

function readEndpoint(bytes: Uint8Array): EndpointLoad {
  const metrics: LoadMetric[] = [];
  const load = { address: "", ...noLoad, metrics };
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) load.address = toAddressText(new MessageView(reader.bytes()));
    else if (reader.field === 2) load.successful = reader.uint64();
    else if (reader.field === 3) load.inProgress = reader.uint64();
    else if (reader.field === 4) load.errors = reader.uint64();
    else if (reader.field === 5) metrics.push(readMetric(reader.bytes()));
    else if (reader.field === 7) load.issued = reader.uint64();
  }
  return load;
}

function readMetric(bytes: Uint8Array): LoadMetric {
  const metric = { name: "", count: 0n, total: 0 };
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) metric.name = reader.string();
    else if (reader.field === 2) metric.count = reader.uint64();
    else if (reader.field === 3) metric.total = reader.double();
  }
  return metric;
}

function readDurationMs(bytes: Uint8Array): number {
  let seconds = 0n;
  let nanos = 0;
  for (const reader = new FieldReader(bytes); reader.next(); ) {
    if (reader.field === 1) seconds = reader.int64();
    else if (reader.field === 2) nanos = reader.int32();
  }
  return Math.max(0, Number(seconds) * 1_000 + nanos / 1e6);
}

const noLoad = { issued: 0n, successful: 0n, errors: 0n, inProgress: 0n };
const noLocality: Node["locality"] = { region: "", zone: "", subZone: "" };
