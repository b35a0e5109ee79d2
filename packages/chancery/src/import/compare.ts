import type { Change } from "../compare/diff.ts";
import { diffFields, type FieldChange } from "../compare/fields.ts";
import type { LocatedProblem } from "../documents/document.ts";
import { isObject, type Json } from "../explain/json.ts";
import { mapObjects } from "./canonical.ts";
import type { Imported } from "./import.ts";
import { type Comparable, toComparable } from "./static.ts";
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
  return { differences: differencesOf(expected, toComparable(resources)), problems };
}

/** What differs between what two Envoys have, resource by resource. */
export function differencesOf(one: Comparable, other: Comparable): readonly Change[] {
  const keys = new Set([...one.keys(), ...other.keys()]);
  return [...keys].flatMap((key): Change[] => {
    const [before, after] = [one.get(key), other.get(key)];
    const [kind = "", ...name] = key.split("/");
    const change = before === undefined ? "added" : after === undefined ? "removed" : "changed";
    const fields = change === "changed" ? diffFields(before, after).map(hideSecrets) : [];
    return change === "changed" && fields.length === 0 ? [] : [{ change, kind, name: name.join("/"), fields }];
  });
}

const secretFields = ["private_key", "password", "generic_secret", "session_ticket_keys"];

/** That a secret differs may be seen, the secret may not. */
function hideSecrets({ path, ...sides }: FieldChange): FieldChange {
  const isWithin = secretFields.some((field) => path.split(/[.[]/).includes(field));
  const hide = (value: unknown): unknown => (isWithin ? hidden : mapObjects(value, hideFields));
  return { path, ...Object.fromEntries(Object.entries(sides).map(([side, value]) => [side, hide(value)])) };
}

function hideFields(object: Json): Json {
  return Object.fromEntries(
    Object.entries(object).map(([field, value]) => [field, secretFields.includes(field) ? hidden : value]),
  );
}

const hidden = "[redacted]";
