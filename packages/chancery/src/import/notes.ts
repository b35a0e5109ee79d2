import { isObject, type Json, objectIn, objectsIn, textIn } from "../explain/json.ts";
import type { Note } from "./import.ts";
import { isWholeMatch } from "./route/match.ts";
import type { Input } from "./target.ts";
import type { Authored } from "./values.ts";

/** What a person should know: what stays behind, what only a patch says, and keys that are in the open. */
export function notesOf(
  bootstrap: Json,
  { listeners, clusters, certificates, routes }: Input,
  plain: boolean,
): readonly Note[] {
  const { node: _n, static_resources: _s, ...rest } = bootstrap;
  const behind = Object.keys(rest).map((field) => ({
    path: field,
    message: left[field] ?? "belongs to Envoy's own bootstrap, where it stays",
  }));
  const raw = listeners.flatMap(({ isRaw, path, json }) => {
    const becomes = plain ? "it is left out" : "a patch carries it whole";
    const message = `the model has no words for what listener "${textIn(json, "name")}" does: ${becomes}`;
    return isRaw ? [{ path, message }] : [];
  });
  const fetched = listeners.flatMap(({ chains, path }) =>
    chains.flatMap(({ config, protocol }) => {
      const isHttp = protocol === "HTTP" || protocol === "HTTPS";
      if (!isHttp || config.route_config !== undefined) return [];
      return [{ path, message: "its routes come from elsewhere: only where from is carried, by a patch" }];
    }),
  );
  const secrets = [...listeners.map(({ json }) => json), ...clusters].flatMap((json) => {
    if (!JSON.stringify(json).includes('"sds_config"')) return [];
    const message = "its certificates or secrets come from elsewhere: only where from is carried, by a patch";
    return [{ path: `"${textIn(json, "name")}"`, message }];
  });
  const keys = [...certificates.objects].flatMap(([name, content]) => {
    const isOpen = "inline" in content && content.kind === undefined;
    const message = `certificate "${name}" has its private key in the text, as the input has it: files keep it apart`;
    return isOpen ? [{ path: "static_resources", message }] : [];
  });
  const rules = routes.hosts.flatMap(({ json, route, rules }) =>
    objectsIn(json, "routes").flatMap((each, index) => {
      const name = rules[index] ?? "";
      const message = ruleNote(each, `${route}#${name}`, ruleOf(routes.routes.get(route), name));
      return message === undefined ? [] : [{ path: `virtual host "${textIn(json, "name")}", route ${index}`, message }];
    }),
  );
  const relative = [...certificates.objects].flatMap(([name, { files }]) => {
    const isRelative = Object.values(files ?? {}).some((file) => typeof file === "string" && !file.startsWith("/"));
    const message = `certificate "${name}" has files by relative paths: they begin at the folder of the model's file`;
    return isRelative ? [{ path: "static_resources", message }] : [];
  });
  const all = [...behind, ...raw, ...fetched, ...secrets, ...rules, ...keys, ...relative];
  // What several listeners have alike is said once.
  return [...new Map(all.map((note) => [JSON.stringify(note), note])).values()];
}

function ruleOf(route: Authored = {}, name: string): Authored {
  const { rules } = route;
  const own = isObject(rules) ? rules[name] : route;
  return isObject(own) ? own : {};
}

/** What only a patch says of a rule. */
function ruleNote(route: Json, name: string, rule: Authored): string | undefined {
  const isKnown = ["route", "redirect", "direct_response"].some((action) => objectIn(route, action) !== undefined);
  if (!isKnown || objectIn(route, "route")?.cluster_header !== undefined) {
    return `what becomes of its requests only a patch says: rule ${name} answers 501 without it`;
  }
  if (isWholeMatch(objectIn(route, "match"), rule)) return undefined;
  return `some of what it matches on only a patch says: rule ${name} matches more without it`;
}

const left: Readonly<Record<string, string>> = {
  admin: "stays in Envoy's own bootstrap: see chancery bootstrap --admin",
  dynamic_resources: "is not imported: chancery serves instead",
};
