import { readdirSync, readFileSync } from "node:fs";
import { createFileRegistry, type DescMessage, type FileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const folder = new URL("../../../data/", import.meta.url);
const file = readdirSync(folder).find((name) => name.endsWith(".binpb")) ?? "";

/** Envoy's API as protobuf-es reads it: what this package's own reading is compared with. */
export const registry: FileRegistry = createFileRegistry(
  fromBinary(FileDescriptorSetSchema, readFileSync(new URL(file, folder))),
);

/** Every message type but those of map entries. */
export const types: readonly DescMessage[] = [...registry]
  .filter((type) => type.kind === "message")
  .filter((type) => !type.proto.options?.mapEntry);

/** The type with this name; there must be one. */
export function messageType(name: string): DescMessage {
  const type = registry.getMessage(name);
  if (type === undefined) throw new TypeError(`There is no message type "${name}"`);
  return type;
}
