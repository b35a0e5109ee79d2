import { isUtf8 } from "node:buffer";
import { cutSnapshot, type Problem, parseInSteps, resourceReaders, type Snapshot } from "@chancery/xds";
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
): Promise<Read> {
  // It may be YAML; and what is wrong with JSON is told best by who reads the whole text.
  return (await readText(body.bytes, options)) ?? readDocument(readBody(body), options);
}

interface Read {
  readonly snapshot: Snapshot;
  readonly warnings: readonly Problem[];
}

/** Undefined if something in it is not right, or it is no JSON at all. */
async function readText(bytes: Buffer, { node, previous }: SnapshotBodyOptions): Promise<Read | undefined> {
  if (!isUtf8(bytes)) return undefined;
  try {
    const document = await inTurns(cutSnapshot(bytes, resourceReaders(bytes, { previous })));
    if (typeof document !== "object" || document === null) return undefined;
    const { node: named = node, ...rest } = document as { readonly node?: unknown }; // it may be a list: that is told below
    const parsed = named === node ? await inTurns(parseInSteps(rest, { previous })) : undefined;
    return parsed?.ok ? { snapshot: parsed.snapshot, warnings: parsed.problems } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function readDocument(document: unknown, { node, previous }: SnapshotBodyOptions): Promise<Read> {
  const checked = snapshotBody.safeParse(document);
  if (!checked.success) throw toRequestProblem(checked.error.issues);
  // It was checked, which leaves it as it is: zod would leave out what is called `__proto__`, and not say that it is wrong.
  const { node: named = node, ...rest } = document as z.output<typeof snapshotBody>;
  if (named !== node) throw invalid([{ path: "node", message: `"${named}" is not "${node}", the node in the path` }]);
  const parsed = await inTurns(parseInSteps(rest, { previous }));
  if (!parsed.ok) throw invalid(parsed.problems);
  return { snapshot: parsed.snapshot, warnings: parsed.problems };
}

function invalid(problems: NonNullable<HttpProblem["problems"]>): HttpProblem {
  return new HttpProblem(400, "The snapshot is not valid; the one before it keeps serving", problems);
}
