import type { HeaderChange } from "./header-change.ts";
import type { Header } from "./headers.ts";
import type { HeldHeaders } from "./processing-result.ts";

/** Which headers, or trailers, there are. */
export type HeaderNames = Set<string>;

export function namesOf(headers: readonly Header[]): HeaderNames {
  return new Set(headers.map(({ name }) => name));
}

/**
 * Decides here what becomes of headers that are there or not, and notes which there are then: Envoy 1.40 knows no other
 * actions in this protocol than to append and to overwrite. Throws a TypeError if that depends on what is not known.
 */
export function settleActions(names: HeaderNames | undefined, changes: HeldHeaders): Required<HeldHeaders> {
  const { headers = [], headersToRemove = [] } = changes;
  for (const name of headersToRemove) names?.delete(name.toLowerCase());
  const settled = headers.flatMap((change): readonly HeaderChange[] => {
    const { name, value, action = "overwrite" } = change;
    const key = name.toLowerCase();
    if (action === "add" || action === "replace") {
      if (names === undefined) {
        const why = "what there is before is not known here";
        throw new TypeError(`Cannot ${action} header "${name}": ${why}; it may be "append" or "overwrite"`);
      }
      if (names.has(key) === (action === "add")) return [];
    }
    names?.add(key);
    return [{ name, value, action: action === "append" ? action : "overwrite" }];
  });
  return { headers: settled, headersToRemove };
}
