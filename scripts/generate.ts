// Generates TypeScript types for Envoy's API into packages/envoy-api/gen, from the descriptor set alone: the set is
// handed to protoc-gen-es as a CodeGeneratorRequest (https://protobuf.dev/reference/cpp/api-docs/google.protobuf.compiler.plugin.pb).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

const root = join(import.meta.dirname, "..");
const api = join(root, "packages/envoy-api");
const dataFile = readdirSync(join(api, "data")).find((name) => name.endsWith(".binpb"));
if (dataFile === undefined) throw new Error(`No descriptor set (*.binpb) in "${join(api, "data")}"`);
const data = join(api, "data", dataFile);
const out = join(api, "gen");
const stamp = join(out, ".stamp");

if (isCurrent()) process.exit(0);

const set = fromBinary(FileDescriptorSetSchema, readFileSync(data));
const request = create(CodeGeneratorRequestSchema, {
  fileToGenerate: set.file.map((file) => file.name).filter((name) => !name.startsWith("google/protobuf/")),
  parameter: "target=js+dts,import_extension=js,json_types=true",
  protoFile: set.file,
  sourceFileDescriptors: set.file,
});
const plugin = spawnSync(process.execPath, [join(root, "node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es")], {
  input: toBinary(CodeGeneratorRequestSchema, request),
  maxBuffer: 1 << 28,
  stdio: ["pipe", "pipe", "inherit"],
});
if (plugin.status !== 0) throw new Error(`protoc-gen-es ended with ${plugin.status ?? plugin.signal}`);
const response = fromBinary(CodeGeneratorResponseSchema, plugin.stdout);
if (response.error !== "") throw new Error(`protoc-gen-es: ${response.error}`);

rmSync(out, { recursive: true, force: true });
for (const file of response.file) {
  const path = join(out, file.name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, file.content);
}
writeFileSync(stamp, dataFile);
console.log(`Generated ${response.file.length} files from ${dataFile}`);

function isCurrent(): boolean {
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== dataFile) return false;
  const made = statSync(stamp).mtimeMs;
  return made > statSync(data).mtimeMs && made > statSync(import.meta.filename).mtimeMs;
}
