import type { Snapshots, XdsServer } from "@chancery/xds";
import fastify, { type FastifyInstance } from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import type { Address } from "../address.ts";
import type { Configuration } from "../configuration.ts";
import type { Logger } from "../logs.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Service } from "../services/service.ts";
import { addBodyParsers } from "./bodies.ts";
import { addClientRoutes } from "./clients.ts";
import { addConfigRoute } from "./config.ts";
import { addCsdsRoute } from "./csds.ts";
import { addDescription } from "./description.ts";
import { addDiscoveryRoutes } from "./discovery.ts";
import { addErrorHandlers } from "./errors.ts";
import { addEventRoutes, type EventOptions } from "./events.ts";
import { addExplainRoute } from "./explain.ts";
import { addGuard, type GuardOptions } from "./guard.ts";
import { addProbes } from "./probes.ts";
import { addSnapshotRoutes } from "./snapshots.ts";

/** What the HTTP side sees of the control plane. */
export interface AdminContext {
  readonly snapshots: Snapshots;
  readonly xds: Pick<XdsServer, "rest" | "events" | "clientStatus"> & {
    readonly discovery: Pick<XdsServer["discovery"], "clients">;
  };
  readonly configuration: Pick<Configuration, "ownerOf" | "noteChange" | "groupsOf" | "model">;
  readonly metrics: Metrics;
  /** The services beside xDS that are served; none by default. */
  readonly services?: readonly Pick<Service, "addRoutes">[];
  readonly log: Logger;
  /** Why clients should not be sent here, or undefined when they may. */
  readonly unready: () => string | undefined;
}

export interface AdminOptions extends Partial<GuardOptions & EventOptions> {
  /** The largest body that is read, in bytes; 64 MiB by default. */
  readonly maxBodyBytes?: number;
}

/** Makes the HTTP server: the admin API, its description, xDS as REST-JSON, probes and metrics. It does not listen yet. */
export async function createAdmin(context: AdminContext, options: AdminOptions = {}): Promise<FastifyInstance> {
  const { host = "127.0.0.1", allowedHosts = [], maxBodyBytes = 64 * 1024 * 1024 } = options;
  // Proxies close a connection on which nothing comes for a minute or so.
  const { heartbeatMs = 15_000 } = options;
  const app = fastify({
    bodyLimit: maxBodyBytes,
    routerOptions: { maxParamLength: 4096 },
    forceCloseConnections: true,
    // Else it loads compilers of its own, of which the start would be a fifth longer.
    schemaController: { compilersFactory: { buildValidator: neverUsed, buildSerializer: neverUsed } },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  addGuard(app, { host, allowedHosts });
  addErrorHandlers(app, context.log);
  addBodyParsers(app);
  addDescription(app);
  await app.register(async (scope) => addSnapshotRoutes(scope, context));
  addClientRoutes(app, context);
  addEventRoutes(app, context, { heartbeatMs });
  addExplainRoute(app, context);
  addConfigRoute(app, context);
  addCsdsRoute(app, context);
  addDiscoveryRoutes(app, context);
  for (const service of context.services ?? []) service.addRoutes?.(app);
  addProbes(app, context);
  return app;
}

function neverUsed(): never {
  throw new TypeError("Schemas are compiled by what is set for the whole server");
}

/** Opens the port and returns which one it is. */
export async function listenAdmin(app: FastifyInstance, address: Address): Promise<{ readonly port: number }> {
  await app.listen({ ...address });
  const bound = app.server.address();
  return typeof bound === "object" && bound !== null ? bound : address;
}
