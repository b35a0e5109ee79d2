import { isUtf8 } from "node:buffer";
import { cutSnapshot, type Problem, parseInSteps, type Snapshot } from "@chancery/xds";
import { z } from "zod";
import { inTurns } from "../turns.ts";
import { type Body, readBody } from "./bodies.ts";
import { HttpProblem, toRequestProblem } from "./http-problem.ts";

/** The resources themselves are checked by the transcoder, which knows all of Envoy's types. */
export const snapshotResources = z
  .record(z.string(), z.array(z.unknown()))
  .describe(
    "Envoy's resources as proto3 JSON, by type: `clusters`, `endpoints`, `listeners`, `routes`, `scopedRoutes`, " +
      "`virtualHosts`, `secrets`, `runtimes`, `extensionConfigs`, `lbEndpoints`, or a type URL",
  );

export const snapshotBody = z.looseObject({
  node: z.string().optional().describe("If given, the same as in the path"),
  version: z.string().optional().describe("By default each type's version comes from its content"),
  resources: snapshotResources.optional(),
});

export interface SnapshotBodyOptions {
  /** The node in the path. */
  readonly node: string;
  /** The snapshot that this one replaces. */
  readonly previous: Snapshot | undefined;
}

/**
 * Reads the body of a PUT in slices, so that it holds up nobody, and of JSON only those resources that are new. Throws an
 * HttpProblem that names what is wrong.
 */
export async function readSnapshotBody(
  body: Body | undefined = { bytes: Buffer.alloc(0), format: "yaml" },
  options: SnapshotBodyOptions,
): Promise<{ readonly snapshot: Snapshot; readonly warnings: readonly Problem[] }> {
  if (!isUtf8(body.bytes)) return readDocument(readBody(body), options);
  try {
    return await readDocument(await inTurns(cutSnapshot(body.bytes)), options);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof HttpProblem)) throw error;
    // It may be YAML; and what is wrong with JSON is told best by who reads the whole text.
    return readDocument(readBody(body), options);
  }
}

async function readDocument(document: unknown, { node, previous }: SnapshotBodyOptions) {
  const checked = snapshotBody.safeParse(document);
  if (!checked.success) throw toRequestProblem(checked.error.issues);
  const { node: named = node, ...rest } = checked.data;
  if (named !== node) throw invalid([{ path: "node", message: `"${named}" is not "${node}", the node in the path` }]);
  const parsed = await inTurns(parseInSteps(rest, { previous }));
  if (!parsed.ok) throw invalid(parsed.problems);
  return { snapshot: parsed.snapshot, warnings: parsed.problems };
}

function invalid(problems: NonNullable<HttpProblem["problems"]>): HttpProblem {
  return new HttpProblem(400, "The snapshot is not valid; the one before it keeps serving", problems);
}
