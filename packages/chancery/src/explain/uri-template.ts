import { ownValue } from "../own-value.ts";

/**
 * A path template such as `/videos/{language=*}/{rest=**}`: `*` is one segment, `**` any number of them, `{name}` a
 * segment with a name. https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/extensions/path/match/uri_template/v3/uri_template_match.proto
 */
export interface UriTemplate {
  /** What the variables stand for; undefined if the path is not like that. */
  match(path: string): Readonly<Record<string, string>> | undefined;
}

export function toUriTemplate(template: string): UriTemplate {
  const names: string[] = [];
  const source = template.replace(/\{(\w+)(?:=([^}]*))?\}|\*\*|\*|[^{*]+/g, (part, name?: string, pattern = "*") => {
    if (name === undefined) return toSource(part);
    names.push(name);
    return `(${[...pattern.matchAll(/\*\*|\*|[^*]+/g)].map(([piece]) => toSource(piece)).join("")})`;
  });
  const pattern = new RegExp(`^${source}$`);
  return {
    match(path) {
      const found = pattern.exec(path);
      return found === null ? undefined : Object.fromEntries(names.map((name, i) => [name, found[i + 1] ?? ""]));
    },
  };
}

/** Fills the variables into a rewrite template such as `/{rest}?lang={language}`. */
export function fillUriTemplate(template: string, variables: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => ownValue(variables, name) ?? "");
}

function toSource(piece: string): string {
  if (piece === "**") return "[^?#]*";
  return piece === "*" ? "[^/?#]+" : RegExp.escape(piece);
}
