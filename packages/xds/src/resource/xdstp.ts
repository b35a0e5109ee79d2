/**
 * The form of an `xdstp://` name in which equal names are the same text: context parameters in the order of their keys.
 * Other names stay as they are. https://www.envoyproxy.io/docs/envoy/latest/api-v3/xds/core/v3/resource_locator.proto
 */
export function canonicalName(name: string): string {
  if (!name.startsWith(scheme)) return name;
  const query = name.indexOf("?");
  if (query < 0) return name;
  const parameters = name.slice(query + 1).split("&");
  return `${name.slice(0, query)}?${parameters.sort().join("&")}`;
}

/**
 * The glob collection that a canonical `xdstp://` name belongs to: the same name with `*` in place of its last part.
 * Undefined for other names, and for the glob itself.
 */
export function collectionOf(name: string): string | undefined {
  if (!name.startsWith(scheme)) return undefined;
  const query = name.indexOf("?");
  const path = query < 0 ? name : name.slice(0, query);
  const folder = path.lastIndexOf("/") + 1;
  if (folder <= scheme.length || path.slice(folder) === "*") return undefined;
  return `${path.slice(0, folder)}*${query < 0 ? "" : name.slice(query)}`;
}

/** What every member of a glob collection begins with; undefined if the name is no glob. */
export function globPrefix(name: string): string | undefined {
  if (!name.startsWith(scheme)) return undefined;
  const query = name.indexOf("?");
  const path = query < 0 ? name : name.slice(0, query);
  return path.endsWith("/*") ? path.slice(0, -1) : undefined;
}

const scheme = "xdstp://";
