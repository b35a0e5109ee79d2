import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { http } from "../lazy.ts";

/** More at once help nobody. */
const maxProblems = 100;

/** One mistake in a request's body: the place, what is wrong there, and what would be right. */
export const bodyProblem = z.object({
  path: z.string().describe("Where in the body, such as `resources.clusters[2].name`"),
  message: z.string(),
  hint: z.string().optional(),
});

/** Problem details for HTTP APIs, https://www.rfc-editor.org/rfc/rfc9457 */
export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  problems: z.array(bodyProblem).optional().describe(`At most ${maxProblems}`),
});

export type BodyProblem = Readonly<z.infer<typeof bodyProblem>>;

/** A response of the OpenAPI description: a problem, for this reason. */
export function problemResponse(description: string) {
  return { description, content: { "application/problem+json": { schema: problemDetails } } };
}

/** Throw it in a handler: the client is told that something is wrong with its request, and what. */
export class HttpProblem extends Error {
  override readonly name = "HttpProblem";
  readonly status: number;
  readonly problems: readonly BodyProblem[] | undefined;

  constructor(status: number, detail: string, problems?: readonly BodyProblem[]) {
    super(detail);
    this.status = status;
    this.problems = problems;
  }
}

/** What a schema says of a request. */
export function toRequestProblem(
  mistakes: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): HttpProblem {
  const problems = mistakes.map(({ path, message }) => ({ path: formatPath(path.map(String)), message }));
  return new HttpProblem(400, "The request is not valid", problems);
}

/** `resources.clusters[2]` */
function formatPath(parts: readonly string[]): string {
  return parts.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`)).join("");
}

/** Answers a request with a problem. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: HttpProblem): FastifyReply {
  const details: z.infer<typeof problemDetails> = {
    type: "about:blank",
    title: http().STATUS_CODES[problem.status] ?? "Error",
    status: problem.status,
    detail: problem.message,
    instance: request.url,
    ...(problem.problems && { problems: problem.problems.slice(0, maxProblems).map(toBodyProblem) }),
  };
  // A string is sent as it is, whatever the route says its answers look like.
  return reply
    .code(problem.status)
    .type("application/problem+json")
    .send(`${JSON.stringify(details, undefined, 2)}\n`);
}

/** What a client is told of a problem. */
export function toBodyProblem({ path, message, hint }: BodyProblem): z.infer<typeof bodyProblem> {
  return { path, message, ...(hint !== undefined && { hint }) };
}
