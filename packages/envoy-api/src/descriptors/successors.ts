import { bytes, either, maybe, record, text } from "./record.ts";
import type { Location } from "./scan.ts";

/** The messages that say which older message they took the place of (`udpa.annotations.versioning`), by its name. */
export function readSuccessors(set: Uint8Array, messages: ReadonlyMap<string, Location>): ReadonlyMap<string, string> {
  const successors = new Map<string, string>();
  for (const [name, { start, end }] of messages) {
    const { options } = readDescriptor(set.subarray(start, end));
    const versioning = options === undefined ? undefined : readOptions(options).versioning;
    if (versioning !== undefined) successors.set(readVersioning(versioning).previous, name);
  }
  return successors;
}

const readDescriptor = record({ options: maybe(7, bytes) });
const readOptions = record({ versioning: maybe(7881811, bytes) });
const readVersioning = record({ previous: either(1, text, "") });
