import { z } from "zod";
import { type LastGood, nothingGood } from "./last-good.ts";
import { readStateFile } from "./state-file.ts";

const contents = z.object({
  version: z.literal(1),
  objects: z.record(z.string(), z.object({ origin: z.string(), content: z.unknown() })),
  materials: z.record(
    z.string(),
    z.object({
      cert: z.string().optional(),
      key: z.string().optional(),
      ca: z.string().optional(),
      crl: z.string().optional(),
      secret: z.string().optional(),
    }),
  ),
});

/** Reads what was good when an earlier process kept it; nothing if there is no such file. */
export async function readLastGood(path: string): Promise<LastGood> {
  const state = await readStateFile(path, contents);
  if (state === undefined) return nothingGood;
  return { objects: new Map(Object.entries(state.objects)), materials: new Map(Object.entries(state.materials)) };
}

/** What is good, as a state to keep. */
export function toState({ objects, materials }: LastGood): object {
  return { version: 1, objects: Object.fromEntries(objects), materials: Object.fromEntries(materials) };
}
