import { z } from "zod";
import { readStateFile } from "../../state/state-file.ts";
import type { HealthBoard } from "./board.ts";

/** An endpoint that was unhealthy when an earlier process kept it. */
const keptVerdict = z.object({
  service: z.string(),
  address: z.string(),
  by: z.enum(["fleet", "control-plane"]),
  sinceMs: z.number(),
  /** When it turned so in the last minutes, for those that do so again and again. */
  falls: z.array(z.number()).readonly(),
});

export type KeptVerdict = z.output<typeof keptVerdict>;

const contents = z.object({ version: z.literal(1), unhealthy: z.array(keptVerdict) });

/** Reads which endpoints were unhealthy; none if there is no such file. */
export async function readVerdicts(path: string): Promise<readonly KeptVerdict[]> {
  return (await readStateFile(path, contents))?.unhealthy ?? [];
}

/** Which are now, as a state to keep. */
export function toVerdictState(board: HealthBoard): z.input<typeof contents> {
  return { version: 1, unhealthy: [...board.unhealthy()] };
}
