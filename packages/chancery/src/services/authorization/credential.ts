import type { Facts } from "./facts.ts";
import type { Stripped } from "./finding.ts";

/** Where a client shows a credential; one of the three. */
export interface Place extends Stripped {
  /** What stands before it in the header, such as `Bearer`, in upper or lower case. */
  readonly scheme?: string;
}

/** What was found there: two of one kind may each be meant, so that neither counts. */
export type FoundCredential =
  | { readonly kind: "none" }
  | { readonly kind: "several" }
  | { readonly kind: "one"; readonly value: string };

/** Looks for a credential. */
export function findCredential({ http }: Facts, place: Place): FoundCredential {
  if (http === undefined) return { kind: "none" };
  const values = valuesAt(http, place);
  const [value, ...others] = place.scheme === undefined ? values : values.flatMap((text) => afterScheme(text, place));
  if (value === undefined) return { kind: "none" };
  return others.length > 0 ? { kind: "several" } : { kind: "one", value };
}

/** Says it as people read it: `header "x-api-key"`. */
export function describePlace({ in: where, name }: Stripped): string {
  return `${where} "${name}"`;
}

function valuesAt(http: NonNullable<Facts["http"]>, { in: where, name }: Place): readonly string[] {
  if (where === "header") return http.headers.get(name) ?? [];
  if (where === "query") return new URLSearchParams(http.query).getAll(name);
  return (http.headers.get("cookie") ?? []).flatMap((text) => cookiesOf(text, name));
}

/** The values of the cookies of this name. https://www.rfc-editor.org/rfc/rfc6265#section-4.2 */
function cookiesOf(header: string, name: string): string[] {
  return header.split(";").flatMap((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== name) return [];
    return [
      pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1"),
    ];
  });
}

function afterScheme(text: string, { scheme = "" }: Place): string[] {
  const [given = "", ...rest] = text.trim().split(/ +/);
  return given.toLowerCase() === scheme.toLowerCase() && rest.length > 0 ? [rest.join(" ")] : [];
}

interface PlaceConfig {
  readonly header?: string | undefined;
  readonly query?: string | undefined;
  readonly cookie?: string | undefined;
}

/** The place that is configured, or else the usual one. */
export function toPlace({ header, query, cookie }: PlaceConfig, usual: Place): Place {
  if (query !== undefined) return { in: "query", name: query };
  if (cookie !== undefined) return { in: "cookie", name: cookie };
  if (header === undefined || header === usual.name) return usual;
  return { in: "header", name: header };
}
