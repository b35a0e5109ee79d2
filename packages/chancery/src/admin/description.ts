import fastify, { type FastifyInstance, type RouteOptions } from "fastify";
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { version } from "../version.ts";

/** Describes the routes that are added from now on, as OpenAPI, at `/api/v1/openapi.json`. */
export function addDescription(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.addHook("onRoute", (route) => void routes.push(route));
  let description: Promise<unknown> | undefined;
  app.get("/api/v1/openapi.json", { schema: { hide: true } }, () => {
    description ??= describe(routes);
    return description;
  });
}

/** What writes descriptions is loaded, and sees the routes, only when somebody asks: it would be a tenth of the start. */
async function describe(routes: readonly RouteOptions[]): Promise<unknown> {
  const { default: swagger } = await import("@fastify/swagger");
  const app = fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "Chancery", description: "An Envoy control plane", version } },
    transform: jsonSchemaTransform,
  });
  for (const { method, url, schema } of routes) {
    if (method !== "HEAD") app.route({ method, url, ...(schema && { schema }), handler: () => undefined });
  }
  await app.ready();
  return app.swagger();
}
