import { flagIn, type Json, objectIn, objectsIn, textIn, textsIn } from "../../explain/json.ts";
import { type Authored, oneOrMore, said } from "../values.ts";

/** Header changes of a route or of one of its destinations. */
export function toHeaders(parent: Json): Authored | undefined {
  return said({ request: changes(parent, "request"), response: changes(parent, "response") });
}

function changes(parent: Json, side: "request" | "response"): Authored | undefined {
  const options = objectsIn(parent, `${side}_headers_to_add`);
  const remove = textsIn(parent, `${side}_headers_to_remove`);
  return said({
    set: ofAction(options, "OVERWRITE_IF_EXISTS_OR_ADD"),
    add: ofAction(options, ""),
    remove: oneOrMore(remove.map((name) => name.toLowerCase())),
  });
}

/** Those of an action by name; a second one of the same name is left to a patch. */
function ofAction(options: readonly Json[], action: string): Authored | undefined {
  const values = new Map<string, string>();
  for (const option of options) {
    const header = objectIn(option, "header");
    const name = textIn(header, "key").toLowerCase();
    // The older `append: false` is the same as overwriting.
    const own = flagIn(option, "append") === false ? "OVERWRITE_IF_EXISTS_OR_ADD" : textIn(option, "append_action");
    if (own === action && !values.has(name)) values.set(name, textIn(header, "value"));
  }
  return said(Object.fromEntries(values));
}
