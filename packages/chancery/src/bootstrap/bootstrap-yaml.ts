import { yaml } from "../lazy.ts";
import type { Bootstrap } from "./bootstrap.ts";

/**
 * Writes a bootstrap as YAML that means the same to Envoy's YAML 1.1 as to YAML 1.2.
 *
 * The node's names are always quoted: a node id `n` or `1` would be a boolean or a number, and people edit them.
 */
export function toBootstrapYaml(bootstrap: Bootstrap): string {
  const { Document, isScalar, Scalar } = yaml();
  const document = new Document(bootstrap, { version: "1.1", aliasDuplicateObjects: false });
  for (const name of ["id", "cluster"]) {
    const value = document.getIn(["node", name], true);
    if (isScalar(value)) value.type = Scalar.QUOTE_DOUBLE;
  }
  return document.toString({ lineWidth: 0, directives: false });
}
