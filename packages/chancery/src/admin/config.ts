import type { Client } from "@chancery/xds";
import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { type Serving, serving } from "../compare/serving.ts";
import { type StateGroup, toObjects, toResources } from "../compare/state.ts";
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
    async () => toServing(context),
  );
}

function toServing({ snapshots, configuration, xds }: AdminContext): Serving {
  const { model } = configuration;
  const groups = [...snapshots.groups()].sort().flatMap((name): StateGroup[] => {
    const snapshot = snapshots.get(name);
    const fleet = fleetOfGroup(name);
    if (snapshot === undefined || (isFleetGroup(name) && fleet === undefined)) return [];
    return [{ kind: fleet === undefined ? "node" : "fleet", name: fleet ?? name, resources: toResources(snapshot) }];
  });
  const nodes = groups.filter(({ kind }) => kind === "node").map(({ name }) => name);
  return {
    objects: toObjects(model),
    groups,
    apiNodes: nodes.filter((node) => configuration.ownerOf(node) === undefined),
    streams: [...xds.discovery.clients].map((client) => toStream(client, fleetOf(model.fleets, client)?.name)),
  };
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
