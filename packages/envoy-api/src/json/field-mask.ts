import { WireReader, WireType } from "../wire/index.ts";
import { report } from "./context.ts";
import { describe } from "./problem.ts";
import type { TextCodec } from "./time.ts";

/** `google.protobuf.FieldMask`: "user.displayName,photo", paths in camel case. */
export const fieldMaskCodec: TextCodec<readonly string[]> = {
  parse: (json, context) => {
    if (typeof json === "string" && /^([a-zA-Z0-9.]+(,[a-zA-Z0-9.]+)*)?$/.test(json)) {
      return json === "" ? [] : json.split(",").map(toSnakeCase);
    }
    report(context, `must be a list of paths, not ${describe(json)}`, `field masks are written as "a.b,cD"`);
    return undefined;
  },
  write: (writer, paths) => {
    for (const path of paths) writer.tag(1, WireType.Bytes).string(path);
  },
  read: (bytes) => {
    const paths: string[] = [];
    const reader = new WireReader(bytes);
    while (!reader.done) {
      const tag = reader.tag();
      if (tag === 10) paths.push(reader.string());
      else reader.skip(tag);
    }
    return paths;
  },
  toJson: (paths) => paths.map(toCamelCase).join(","),
};

function toSnakeCase(path: string): string {
  return path.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function toCamelCase(path: string): string {
  return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
