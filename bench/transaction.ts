// What it costs to change one resource of many in one group, with a delta stream that gets each change:
// `node --conditions=chancery-source bench/transaction.ts [--json]`.
import { makeTag, WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type Resource, Snapshots, toResource, toSnapshot, XdsServer } from "@chancery/xds";
import { GrpcClient, type GrpcClientStream } from "@chancery/xds/testing";
import { median } from "./median.ts";
import { printMetrics } from "./program.ts";

const sizes = [1_000, 10_000, 100_000];
const rounds = 3;
const changes = 10_000;
const typeUrl = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
const method = "/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources";
const group = "transaction";
const patienceMs = 30_000;
/** Field numbers of a delta request, of the node in it, and of the response. */
const field = { node: 1, nodeId: 1, typeUrl: 2, nonce: 6, responseNonce: 5 } as const;

const runs = sizes.map((size) => ({ size, changed: [] as number[], served: [] as number[] }));
// The first round, in which the code is compiled, does not count; the sizes take turns.
for (let round = 0; round <= rounds; round++) {
  for (const { size, changed, served } of runs) {
    const costs = await measure(size);
    if (round === 0) continue;
    changed.push(costs.changedUs);
    served.push(costs.servedUs);
  }
}
const change = runs.map(({ changed }) => median(changed));
const served = runs.map(({ served }) => median(served));
printMetrics({
  ...Object.fromEntries(runs.map(({ size }, i) => [`change_${size}_us`, change[i] ?? Number.NaN])),
  ...Object.fromEntries(runs.map(({ size }, i) => [`served_${size}_us`, served[i] ?? Number.NaN])),
  change_growth: growth(change),
  served_growth: growth(served),
});

/** CPU of a change: alone, and with its way to a client that is in this process too. */
async function measure(size: number): Promise<{ readonly changedUs: number; readonly servedUs: number }> {
  const snapshots = new Snapshots();
  snapshots.set(group, toSnapshot(Array.from({ length: size }, (_, index) => cluster(index, 0))));
  const change = (revision: number) => {
    snapshots.update(group, ({ set }) => set(cluster((revision * 7919) % size, revision)));
  };
  let revision = 0;
  const changedUs = await cpuUs(() => change(++revision));

  await using server = new XdsServer({ snapshots });
  const client = await GrpcClient.connect(await server.listen({ host: "127.0.0.1", port: 0 }));
  const stream = client.open(method);
  const node = new WireWriter().tag(field.nodeId, WireType.Bytes).string(group).finish();
  const first = new WireWriter().tag(field.node, WireType.Bytes).bytes(node);
  stream.send(first.tag(field.typeUrl, WireType.Bytes).string(typeUrl).finish());
  await answer(stream);
  const servedUs = await cpuUs(async () => {
    change(++revision);
    await answer(stream);
  });
  client.close();
  return { changedUs, servedUs };
}

async function cpuUs(step: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < changes; i++) await step();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / changes;
}

async function answer(stream: GrpcClientStream): Promise<void> {
  const response = await listen(stream);
  const ack = new WireWriter().tag(field.typeUrl, WireType.Bytes).string(typeUrl);
  stream.send(ack.tag(field.nonce, WireType.Bytes).string(nonceOf(response)).finish());
}

/** The next message, of which several pieces may arrive before it is whole. */
async function listen(stream: GrpcClientStream): Promise<Uint8Array> {
  const end = performance.now() + patienceMs;
  for (let left = patienceMs; left > 0; left = end - performance.now()) {
    const response = await stream.next(left);
    if (response instanceof Uint8Array) return response;
    if (response !== undefined) throw new Error(`The stream ended: ${response.code} ${response.message}`);
  }
  throw new Error(`No response within ${patienceMs} ms`);
}

function cluster(index: number, revision: number): Resource {
  const name = `service-${String(index).padStart(6, "0")}`;
  const body = new WireWriter().tag(1, WireType.Bytes).string(name).tag(28, WireType.Bytes).string(`rev-${revision}`);
  return toResource({ typeUrl, name, body: body.finish() });
}

function nonceOf(response: Uint8Array): string {
  const reader = new WireReader(response);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === makeTag(field.responseNonce, WireType.Bytes)) return reader.string();
    reader.skip(tag);
  }
  throw new Error("A response without a nonce");
}

/** How much more the largest takes than the smallest. */
function growth(costs: readonly number[]): number {
  return Math.max(...costs) / Math.min(...costs);
}
