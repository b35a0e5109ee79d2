import { decodeToJson, encodeJson, formatProblem } from "@chancery/envoy-api";
import type { Bootstrap } from "../../bootstrap/bootstrap.ts";
import { toBootstrapYaml } from "../../bootstrap/bootstrap-yaml.ts";
import { ChanceryError } from "../../errors.ts";

export interface BootstrapTextOptions {
  readonly format: "yaml" | "json";
  /** Shows `[redacted]` for secrets. */
  readonly redact: boolean;
}

/** A bootstrap as text, by the field names of Envoy's documentation. */
export function bootstrapToText(bootstrap: Bootstrap, { format, redact }: BootstrapTextOptions): string {
  const json = decodeToJson(type, encode(bootstrap), { redact });
  if (format === "json") return `${JSON.stringify(json, undefined, 2)}\n`;
  // A message is an object.
  return toBootstrapYaml(json as Bootstrap);
}

/** Whether there is something in it that not everybody is to see. */
export function hidesSecrets(bootstrap: Bootstrap): boolean {
  const bytes = encode(bootstrap);
  return JSON.stringify(decodeToJson(type, bytes)) !== JSON.stringify(decodeToJson(type, bytes, { redact: true }));
}

const type = "envoy.config.bootstrap.v3.Bootstrap";

/** Parts that were good by themselves may still not be good together. */
function encode(bootstrap: Bootstrap): Uint8Array {
  const encoded = encodeJson(type, bootstrap);
  if (encoded.ok) return encoded.bytes;
  const [problem] = encoded.problems;
  throw new ChanceryError("bad-bootstrap", `Envoy would refuse the result: ${problem && formatProblem(problem)}`);
}
