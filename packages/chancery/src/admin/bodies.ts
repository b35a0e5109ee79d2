import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { type Format, parseDocuments } from "../documents/parse.ts";
import { readBytes } from "./body-bytes.ts";
import { HttpProblem } from "./http-problem.ts";

const formats: Readonly<Record<string, Format>> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "text/yaml": "yaml",
  "application/x-yaml": "yaml",
};

/** What a body may be, for the OpenAPI description. */
export const bodyTypes: readonly string[] = Object.keys(formats);

/** A body that is not read yet. */
export interface Body {
  readonly bytes: Buffer;
  readonly format: Format;
}

/** Takes bodies that are JSON or YAML; one of no type, such as `curl -T` sends, as YAML, which includes JSON. */
export function addBodyParsers(app: FastifyInstance, read: (body: Body) => unknown = readBody): void {
  app.removeAllContentTypeParsers();
  for (const [type, format] of Object.entries(formats)) {
    app.addContentTypeParser(type, async (request: FastifyRequest, payload: Readable) => {
      return read({ bytes: await readBytes(request, payload), format });
    });
  }
  app.addContentTypeParser("*", async (request: FastifyRequest, payload: Readable) => {
    const bytes = await readBytes(request, payload);
    const type = request.headers["content-type"];
    if (type === undefined) return read({ bytes, format: "yaml" });
    throw new HttpProblem(415, `The body is "${type}"; this server takes ${bodyTypes.join(", ")}`);
  });
}

/**
 * JSON.parse makes a `__proto__` in a body an ordinary property, and the transcoder refuses names that Envoy does not
 * know, so there is no need of a slower parser that looks for it.
 */
export function readBody({ bytes, format }: Body): unknown {
  if (!isUtf8(bytes)) throw new HttpProblem(400, "The body is not UTF-8 text");
  const parsed = parseDocuments(bytes.toString(), { origin: "body", format });
  if (!parsed.ok) throw new HttpProblem(400, parsed.problems[0]?.message ?? "The body is not valid", parsed.problems);
  if (parsed.documents.length !== 1) {
    throw new HttpProblem(400, `The body has ${parsed.documents.length} documents; send exactly one`);
  }
  return parsed.documents[0]?.content;
}
