import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { StatusError } from "@chancery/xds/grpc";
import type { OtlpHandlers } from "@chancery/xds/services";
import type { FastifyInstance } from "fastify";
import { HttpProblem, problemResponse } from "../../admin/http-problem.ts";

const unzip = promisify(gunzip);
const mediaType = "application/x-protobuf";

/** The OpenTelemetry protocol over HTTP, as protobuf: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export function addOtlpRoutes(app: FastifyInstance, otlp: Pick<OtlpHandlers, "takeLogs" | "takeSpans">): void {
  app.addContentTypeParser(mediaType, { parseAs: "buffer" }, async (_request: unknown, body: Buffer) => body);
  const signals = [
    { path: "/v1/logs", what: "log records", take: otlp.takeLogs },
    { path: "/v1/traces", what: "spans", take: otlp.takeSpans },
  ];
  for (const { path, what, take } of signals) {
    app.post(
      path,
      {
        config: { callers: "programs" },
        schema: {
          tags: ["traces"],
          summary: `Take ${what} by the OpenTelemetry protocol`,
          consumes: [mediaType],
          response: {
            400: problemResponse("The body is no protobuf, or cannot be decompressed"),
            415: problemResponse(`The body is no ${mediaType}`),
            503: problemResponse("Too much is waiting; try again later"),
          },
        },
      },
      async ({ body, headers }, reply) => {
        if (!Buffer.isBuffer(body)) throw new HttpProblem(415, `The body would have to be ${mediaType}`);
        const request = await decompress(body, headers["content-encoding"], app.initialConfig.bodyLimit);
        const isTaken = await take(request).catch((error: unknown) => {
          throw error instanceof StatusError
            ? new HttpProblem(400, `The body is no protobuf: ${error.message}`)
            : error;
        });
        if (!isTaken) throw new HttpProblem(503, "Too much is waiting here; try again later");
        return reply.type(mediaType).send(Buffer.alloc(0));
      },
    );
  }
}

async function decompress(body: Buffer, encoding = "identity", maxOutputLength = 64 * 1024 * 1024): Promise<Buffer> {
  if (encoding === "identity") return body;
  if (encoding !== "gzip") throw new HttpProblem(415, `The body is encoded as "${encoding}"; gzip can be read`);
  try {
    return await unzip(body, { maxOutputLength });
  } catch {
    throw new HttpProblem(400, `The body is no gzip, or more than ${maxOutputLength} bytes`);
  }
}
