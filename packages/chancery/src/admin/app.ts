import type { Snapshots } from "@chancery/xds";
import swagger from "@fastify/swagger";
import fastify, { type FastifyInstance } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Registry } from "prom-client";
import type { Logger } from "../logs.ts";
import { version } from "../version.ts";
import { addBodyParsers } from "./bodies.ts";
import { addErrorHandlers } from "./errors.ts";
import { addGuard, type GuardOptions } from "./guard.ts";
import { addProbes } from "./probes.ts";
import { addSnapshotRoutes } from "./snapshots.ts";

/** What the HTTP side sees of the control plane. */
export interface AdminContext {
  readonly snapshots: Snapshots;
  readonly metrics: Registry;
  readonly log: Logger;
  /** The file that configures a node, if one does: such a node is changed there and not here. */
  readonly ownerOf: (node: string) => string | undefined;
  /** Why clients should not be sent here, or undefined when they may. */
  readonly unready: () => string | undefined;
  readonly onChange: (change: { readonly kind: "set" | "delete"; readonly node: string }) => void;
}

export interface AdminOptions extends Partial<GuardOptions> {
  /** The largest body that is read, in bytes; 64 MiB by default. */
  readonly maxBodyBytes?: number;
}

/** Makes the HTTP server: the admin API, its description, probes and metrics. It does not listen yet. */
export async function createAdmin(context: AdminContext, options: AdminOptions = {}): Promise<FastifyInstance> {
  const { host = "127.0.0.1", allowedHosts = [], maxBodyBytes = 64 * 1024 * 1024 } = options;
  const app = fastify({ bodyLimit: maxBodyBytes, routerOptions: { maxParamLength: 4096 } });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  addGuard(app, { host, allowedHosts });
  addErrorHandlers(app, context.log);
  addBodyParsers(app);
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "Chancery", description: "An Envoy control plane", version } },
    transform: jsonSchemaTransform,
  });
  addSnapshotRoutes(app, context);
  addProbes(app, context);
  app.get("/api/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger());
  return app;
}
