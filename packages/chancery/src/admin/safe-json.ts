import type { FastifyInstance } from "fastify";
import { serializerCompiler } from "fastify-type-provider-zod";
import type { z } from "zod";
import { escapeJsonLines } from "../text-safety.ts";

/** Adds routes that say what strangers wrote: their JSON does not steer the terminal of whoever reads it. */
export function withSafeJson(app: FastifyInstance, addRoutes: (scope: FastifyInstance) => void): void {
  app.register(async (scope) => {
    scope.setSerializerCompiler<z.ZodType>((route) => {
      const serialize = serializerCompiler(route);
      return (data) => escapeJsonLines(serialize(data));
    });
    addRoutes(scope);
  });
}
