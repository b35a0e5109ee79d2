import type { FastifyError, FastifyInstance } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import type { Logger } from "../logs.ts";
import { HttpProblem, sendProblem, toRequestProblem } from "./http-problem.ts";

/** Makes every error, also of an unknown path, a problem (RFC 9457). */
export function addErrorHandlers(app: FastifyInstance, log: Logger): void {
  app.setNotFoundHandler((request, reply) => {
    const detail = `There is no ${request.method} ${request.url}; /api/v1/openapi.json lists what there is`;
    return sendProblem(request, reply, new HttpProblem(404, detail));
  });
  app.setErrorHandler<FastifyError | HttpProblem>((error, request, reply) => {
    const problem = toHttpProblem(error);
    if (problem.status >= 500) {
      log.error(
        { err: error, method: request.method, url: request.url },
        `Cannot answer ${request.method} ${request.url}`,
      );
    }
    return sendProblem(request, reply, problem);
  });
}

function toHttpProblem(error: FastifyError | HttpProblem): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    return toRequestProblem(
      error.validation.map(({ instancePath, message = "is not valid" }) => {
        return { path: instancePath.split("/").slice(1), message };
      }),
    );
  }
  const status = error.statusCode ?? 500;
  if (status === 413)
    return new HttpProblem(413, "The body is larger than this server takes; --body-limit raises that");
  return new HttpProblem(status, status < 500 ? error.message : "This server made a mistake; its log says more");
}
