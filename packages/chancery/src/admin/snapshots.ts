import { checkReferencesInSteps, type Snapshot } from "@chancery/xds";
import type { FastifyInstance } from "fastify";
import { validatorCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import { Queues } from "../queues.ts";
import { inTurns } from "../turns.ts";
import { preferredYaml } from "./accept.ts";
import type { AdminContext } from "./app.ts";
import { addBodyParsers, type Body, bodyTypes } from "./bodies.ts";
import { bodyProblem, HttpProblem, problemResponse, toBodyProblem } from "./http-problem.ts";
import { sendJsonList, sendJsonTexts, sendTexts } from "./long-answer.ts";
import { readSnapshotBody, snapshotBody, snapshotResources } from "./snapshot-body.ts";
import { toJsonTexts, toYamlTexts } from "./snapshot-texts.ts";

const params = z.object({ node: z.string().min(1).describe("The id of an Envoy node, percent-encoded") });

const types = z
  .record(z.string(), z.object({ version: z.string().optional(), count: z.int() }))
  .describe("By type, such as `clusters`: the version that clients see, and how many resources there are");

const summary = z.object({ node: z.string(), version: z.string().optional(), types }).describe("What is served");

const document = z
  .object({ node: z.string(), version: z.string().optional(), resources: snapshotResources })
  .describe("The snapshot, as it can be PUT and as files hold it");

/** The raw door: whatever Envoy can do is reachable as its own resources, one snapshot for each node. */
export function addSnapshotRoutes(app: FastifyInstance, context: AdminContext): void {
  const { snapshots, configuration } = context;
  const changes = new Queues();
  addBodyParsers(app, (body) => body);
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const tags = ["snapshots"];

  routes.get(
    "/api/v1/snapshots",
    {
      schema: {
        tags,
        summary: "List the nodes that have a snapshot",
        response: { 200: z.array(summary).describe("By node id") },
      },
    },
    async () =>
      [...snapshots.groups()].sort().flatMap((node) => {
        const snapshot = snapshots.get(node);
        return snapshot === undefined ? [] : [summarize(node, snapshot)];
      }),
  );

  routes.get(
    "/api/v1/snapshots/:node",
    {
      schema: {
        tags,
        summary: "Get the snapshot of a node",
        description: "The content of secrets is left out.",
        params,
        produces: [...bodyTypes],
        response: { 200: document, 404: problemResponse("The node has no snapshot") },
      },
    },
    async (request, reply) => {
      const { node } = request.params;
      const snapshot = snapshots.get(node);
      if (snapshot === undefined) throw noSnapshot(node);
      // Sent by hand, since it may be YAML; what the schema says of it is for the description.
      const type = preferredYaml(request.headers.accept);
      return type === undefined
        ? sendJsonTexts(reply, toJsonTexts(node, snapshot))
        : sendTexts(reply, type, toYamlTexts(node, snapshot));
    },
  );

  routes.get(
    "/api/v1/snapshots/:node/problems",
    {
      schema: {
        tags,
        summary: "Check what the snapshot of a node refers to",
        description: "What it refers to and does not have itself may still come from the node's bootstrap.",
        params,
        response: { 200: z.array(bodyProblem), 404: problemResponse("The node has no snapshot") },
      },
    },
    async (request, reply) => {
      const { node } = request.params;
      const snapshot = snapshots.get(node);
      if (snapshot === undefined) throw noSnapshot(node);
      const problems = await inTurns(checkReferencesInSteps(snapshot));
      return sendJsonList(reply, problems.values().map(toBodyProblem));
    },
  );

  app.put<{ Params: z.infer<typeof params>; Body: Body | undefined }>(
    "/api/v1/snapshots/:node",
    {
      schema: {
        tags,
        summary: "Set the snapshot of a node",
        description: "Of several at once, the one whose body came last stays.",
        params,
        body: snapshotBody,
        consumes: [...bodyTypes],
        response: {
          200: summary
            .extend({ problems: z.array(bodyProblem).optional().describe("Warnings") })
            .describe("It is served from now on"),
          400: problemResponse("The body is not valid; the snapshot before it keeps serving"),
          409: problemResponse("The node is configured by a file"),
          413: problemResponse("The body is too large"),
        },
      },
      // The handler reads the body, a piece at a time.
      validatorCompiler: (part) =>
        part.httpPart === "body" ? () => true : validatorCompiler({ ...part, schema: params }),
      // Programs that put a snapshot for each node do so often, and to check what is made here takes as long as to make it.
      serializerCompiler: () => JSON.stringify,
    },
    ({ params: { node }, body }) =>
      changes.add(node, async () => {
        refuseOwned(node, configuration.ownerOf(node));
        const { snapshot, warnings } = await readSnapshotBody(body, { node, previous: snapshots.get(node) });
        // A file may have come to configure the node meanwhile.
        refuseOwned(node, configuration.ownerOf(node));
        snapshots.set(node, snapshot);
        configuration.noteChange({ kind: "set", node, from: "PUT" });
        const problems = warnings.map(toBodyProblem);
        return { ...summarize(node, snapshot), ...(problems.length > 0 && { problems }) };
      }),
  );

  routes.delete(
    "/api/v1/snapshots/:node",
    {
      schema: {
        tags,
        summary: "Clear the snapshot of a node",
        description: "Connected clients keep what they have.",
        params,
        response: {
          204: z.void().describe("Cleared"),
          404: problemResponse("The node has no snapshot"),
          409: problemResponse("The node is configured by a file"),
        },
      },
    },
    async ({ params: { node } }, reply) => {
      await changes.add(node, () => {
        refuseOwned(node, configuration.ownerOf(node));
        if (!snapshots.delete(node)) throw noSnapshot(node);
        configuration.noteChange({ kind: "delete", node, from: "DELETE" });
      });
      return reply.code(204).send();
    },
  );
}

function summarize(node: string, snapshot: Snapshot): z.infer<typeof summary> {
  const versions = snapshot.typeVersions();
  const types = Object.entries(snapshot.counts()).map(([type, count]) => [type, { version: versions[type], count }]);
  return {
    node,
    ...(snapshot.version !== undefined && { version: snapshot.version }),
    types: Object.fromEntries(types),
  };
}

function refuseOwned(node: string, owner: string | undefined): void {
  if (owner === undefined) return;
  throw new HttpProblem(409, `Node "${node}" is configured by the file "${owner}"; change it there`);
}

function noSnapshot(node: string): HttpProblem {
  return new HttpProblem(404, `Node "${node}" has no snapshot; PUT one to this path`);
}
