import type { Document } from "../documents/document.ts";
import type { Material } from "../translate/draft.ts";

/** What was good when it was last seen: for what is wrong when a process starts. */
export interface LastGood {
  /** By key, such as `routes/shop`. */
  readonly objects: ReadonlyMap<string, LastGoodObject>;
  /** By name of the certificate object. */
  readonly materials: ReadonlyMap<string, Material>;
}

export interface LastGoodObject {
  /** The file that had it. */
  readonly origin: string;
  readonly content: unknown;
}

export const nothingGood: LastGood = { objects: new Map(), materials: new Map() };

/** What a file last said, for one that cannot be read at all now; undefined if nothing is known of it. */
export function documentOf(lastGood: LastGood, origin: string): Document | undefined {
  const content: Record<string, Record<string, unknown>> = {};
  for (const [key, object] of lastGood.objects) {
    if (object.origin !== origin) continue;
    const [kind = "", name = ""] = key.split("/");
    content[kind] = { ...content[kind], [name]: object.content };
  }
  if (Object.keys(content).length === 0) return undefined;
  // There is no text that the places of problems could be found in.
  return { origin, content, positions: () => () => undefined };
}
