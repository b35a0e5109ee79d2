import { randomUUID } from "node:crypto";
import type { Address } from "../grpc/listener.ts";
import { resourceTypes } from "../resource/type.ts";
import type { Variant } from "../stream/request.ts";
import { Unsayable } from "./counterpart.ts";
import { GrpcClient } from "./grpc-client.ts";
import { RemoteCounterpart } from "./remote.ts";
import type { Statement } from "./statement.ts";
import { converse, TranscriptError } from "./transcript.ts";

export interface ConformanceOptions {
  /** Where the server speaks xDS, over gRPC without TLS. */
  readonly target: Address;
  /** Where it takes snapshots by `PUT /api/v1/snapshots/{node}`, over HTTP. */
  readonly http: Address;
  readonly statements: readonly Statement[];
  /** How long nothing must come where nothing is expected, in ms. Default: 150. */
  readonly quietMs?: number | undefined;
  /** How long a response may take that is expected, in ms; a quarter of it, if it may come as well as not. Default: 2000. */
  readonly timeoutMs?: number | undefined;
  /** How many statements are shown at a time. Default: 8. */
  readonly concurrency?: number | undefined;
  /** See ConverseOptions. Default: false. */
  readonly exact?: boolean | undefined;
}

/** What came of one statement. */
export interface Verdict {
  readonly statement: Statement;
  readonly outcome: "pass" | "fail" | "skip";
  /** Why it failed or was skipped; "" if it passed. */
  readonly why: string;
}

/**
 * Holds the statements' transcripts with a server, each for a node of its own. Yields a verdict for each, in the order
 * in which they are given. Rejects when the server cannot be reached.
 */
export async function* checkConformance(options: ConformanceOptions): AsyncGenerator<Verdict> {
  const { target, statements, concurrency = 8 } = options;
  (await GrpcClient.connect(target)).close();
  const run = randomUUID().slice(0, 8);
  const begun: Promise<Verdict>[] = [];
  try {
    for (const index of statements.keys()) {
      for (const statement of statements.slice(begun.length, index + concurrency)) {
        const verdict = check(statement, `conformance-${run}-${begun.length}`, options);
        verdict.catch(() => {}); // is told when its turn comes
        begun.push(verdict);
      }
      const verdict = await begun[index];
      if (verdict !== undefined) yield verdict;
    }
  } finally {
    await Promise.allSettled(begun);
  }
}

async function check(statement: Statement, nodeId: string, options: ConformanceOptions): Promise<Verdict> {
  const unsayable = whyUnsayable(statement);
  if (unsayable !== undefined) return { statement, outcome: "skip", why: unsayable };
  const { target, http, quietMs = 150, timeoutMs = 2000, exact = false } = options;
  const { variant, service, readsWrapped, transcript } = statement;
  // A connection each: a server that closes one has failed no other statement.
  const client = await GrpcClient.connect(target);
  const counterpart = new RemoteCounterpart({
    ...{ variant, client, method: methodOf(service, variant) },
    api: `http://${http.host.includes(":") ? `[${http.host}]` : http.host}:${http.port}`,
    nodeId,
    clientFeatures: readsWrapped ? ["xds.config.resource-in-sotw"] : [],
    patienceMs: { long: timeoutMs, medium: Math.max(timeoutMs / 4, quietMs), short: quietMs },
  });
  try {
    await converse(counterpart, transcript, { exact });
    return { statement, outcome: "pass", why: "" };
  } catch (error) {
    if (error instanceof Unsayable) return { statement, outcome: "skip", why: error.message };
    if (error instanceof TranscriptError) return { statement, outcome: "fail", why: error.message };
    throw error;
  } finally {
    await counterpart.close();
    client.close();
  }
}

function whyUnsayable({ onlyInMemory, server }: Statement): string | undefined {
  if (onlyInMemory !== undefined) return onlyInMemory;
  return server === undefined ? undefined : "it is about options of our own server";
}

const ads = "/envoy.service.discovery.v3.AggregatedDiscoveryService";
const adsMethods = { sotw: `${ads}/StreamAggregatedResources`, delta: `${ads}/DeltaAggregatedResources` };

function methodOf(service: string | undefined, variant: Variant): string {
  if (service === undefined) return adsMethods[variant];
  const method = resourceTypes.find(({ key }) => key === service)?.methods[variant];
  if (method === undefined) throw new TypeError(`There is no ${variant} service of "${service}"`);
  return method;
}
