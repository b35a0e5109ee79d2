import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import type { Client } from "@chancery/xds";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { type Serving, serving } from "../compare/serving.ts";
import { eachObject, eachResource } from "../compare/state.ts";
import { fleetOf } from "../fleets/fleet-of.ts";
import { fleetOfGroup, isFleetGroup } from "../fleets/groups.ts";
import type { AdminContext } from "./app.ts";

/** What is configured and served, whole: what a plan compares files with. */
export function addConfigRoute(app: FastifyInstance, context: AdminContext): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    "/api/v1/config",
    {
      schema: {
        tags: ["config"],
        summary: "Get the model, what it is translated to, and who gets it",
        description: "The content of secrets is left out; versions are hashes of the whole content.",
        response: { 200: serving.describe("What is configured and served") },
      },
    },
    // Sent by hand; what the schema says of it is for the description.
    async (_request, reply) => sendServing(reply, context),
  );
}

function sendServing(reply: FastifyReply, context: AdminContext): FastifyReply {
  return reply.type("application/json").send(Readable.from(writeServing(context)));
}

/**
 * The answer as text, piece by piece: what many objects and resources say takes long to write, and streams are served in
 * between.
 */
async function* writeServing({ snapshots, configuration, xds }: AdminContext): AsyncGenerator<string> {
  const { model } = configuration;
  // What is served may change meanwhile; this is how it stands now.
  const groups = [...snapshots.groups()].sort().flatMap((name) => {
    const snapshot = snapshots.get(name);
    const fleet = fleetOfGroup(name);
    if (snapshot === undefined || (isFleetGroup(name) && fleet === undefined)) return [];
    return [{ kind: fleet === undefined ? "node" : "fleet", name: fleet ?? name, snapshot } as const];
  });
  const nodes = groups.filter(({ kind }) => kind === "node").map(({ name }) => name);
  const rest: Omit<Serving, "objects" | "groups"> = {
    apiNodes: nodes.filter((node) => configuration.ownerOf(node) === undefined),
    streams: [...xds.discovery.clients].map((client) => toStream(client, fleetOf(model.fleets, client)?.name)),
  };
  yield `${JSON.stringify(rest).slice(0, -1)},"objects":`;
  yield* writeList(eachObject(model));
  yield ',"groups":[';
  for (const [index, { kind, name, snapshot }] of groups.entries()) {
    yield `${index === 0 ? "" : ","}${JSON.stringify({ kind, name }).slice(0, -1)},"resources":`;
    yield* writeList(eachResource(snapshot));
    yield "}";
  }
  yield "]}";
}

/** How long others wait at most. */
const sliceMs = 5;

async function* writeList(items: Iterable<object>): AsyncGenerator<string> {
  let text = "[";
  let sinceMs = performance.now();
  let isFirst = true;
  for (const item of items) {
    text += `${isFirst ? "" : ","}${JSON.stringify(item)}`;
    isFirst = false;
    if (performance.now() - sinceMs < sliceMs) continue;
    yield text;
    text = "";
    await setImmediate();
    sinceMs = performance.now();
  }
  yield `${text}]`;
}

function toStream({ node, variant, types }: Client, fleet: string | undefined): Serving["streams"][number] {
  return {
    node: node.id,
    cluster: node.cluster,
    locality: node.locality,
    variant,
    types: [...types].map(({ type }) => type.key),
    ...(fleet !== undefined && { fleet }),
  };
}
