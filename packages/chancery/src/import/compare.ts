import type { Change } from "../compare/diff.ts";
import { diffFields } from "../compare/fields.ts";
import type { LocatedProblem } from "../documents/document.ts";
import { isObject } from "../explain/json.ts";
import type { Imported } from "./import.ts";
import { toComparable } from "./static.ts";
import { translateConfig } from "./translate.ts";

export interface Comparison {
  /** Resources that are not as the input has them. */
  readonly differences: readonly Change[];
  /** What is wrong with the model, which is a mistake of the import. */
  readonly problems: readonly LocatedProblem[];
}

/** Translates a model as it was written, and compares that with the input resource by resource. */
export function compareWithInput(written: unknown, { expected }: Pick<Imported, "expected">): Comparison {
  const { resources, problems } = translateConfig(isObject(written) ? written : {});
  const actual = toComparable(resources);
  const keys = new Set([...expected.keys(), ...actual.keys()]);
  const differences = [...keys].flatMap((key): Change[] => {
    const [before, after] = [expected.get(key), actual.get(key)];
    const [kind = "", ...name] = key.split("/");
    const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    const fields = change === "changed" ? diffFields(before, after) : [];
    return change === "changed" && fields.length === 0 ? [] : [{ change, kind, name: name.join("/"), fields }];
  });
  return { differences, problems };
}
