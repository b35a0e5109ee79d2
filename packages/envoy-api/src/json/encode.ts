import { type Api, envoyApi } from "../descriptors/api.ts";
import { type Compiler, createCompiler } from "./compile.ts";
import { type ContextOptions, createContext, finishContext } from "./context.ts";
import type { JsonProblem } from "./problem.ts";
import { suggestType } from "./suggest-type.ts";

/** Settings of `encodeJson`. */
export interface EncodeOptions {
  /** The API the type is looked up in. Default: Envoy's. */
  readonly api?: Api;
  /** What problems' paths begin with: `clusters[2]`. Default: "". */
  readonly path?: string;
  /** Problems reported at most. Default: 20. */
  readonly maxProblems?: number;
  /** Whether the API's validation rules are enforced too. Default: true. */
  readonly validate?: boolean;
}

/** The message, or why there is none. */
export type Encoded =
  | { readonly ok: true; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly problems: readonly JsonProblem[] };

/**
 * Writes a message of type `typeName` (`envoy.config.cluster.v3.Cluster`) from proto3 JSON, as `JSON.parse` or a YAML
 * parser gives it: https://protobuf.dev/programming-guides/json/. Names, types, ranges and protoc-gen-validate's rules
 * are checked as Envoy would check them, within an `Any` too. Equal content gives equal bytes, whatever the order of
 * its keys: fields are written by number, map entries by key, defaults are left out.
 */
export function encodeJson(typeName: string, json: unknown, options: EncodeOptions = {}): Encoded {
  const { api = envoyApi(), path = "", maxProblems = 20, validate = true } = options;
  return encodeWith(api, typeName, json, { prefix: path, maxProblems, validate, opaqueAny: false });
}

/** The same with every setting given. */
export function encodeWith(api: Api, typeName: string, json: unknown, options: ContextOptions): Encoded {
  const encode = compilerOf(api).encoder(typeName);
  if (encode === undefined) {
    const hint = suggestType(api, typeName);
    const problem = { path: options.prefix, message: `unknown type "${typeName}"` };
    return { ok: false, problems: [hint === undefined ? problem : { ...problem, hint }] };
  }
  const context = createContext(options);
  encode(json, context);
  const bytes = finishContext(context);
  return bytes === undefined ? { ok: false, problems: context.problems } : { ok: true, bytes };
}

const compilers = new WeakMap<Api, Compiler>();

/** What was compiled of an API. */
export function compilerOf(api: Api): Compiler {
  let compiler = compilers.get(api);
  if (compiler === undefined) {
    compiler = createCompiler(api);
    compilers.set(api, compiler);
  }
  return compiler;
}
