/** The path of a part: `rules.api`, `to[0]`, `headers["x.y"]`. */
export function join(path: string, key: PropertyKey): string {
  if (typeof key === "number") return `${path}[${key}]`;
  const text = String(key);
  if (!/^[\w-]+$/.test(text)) return `${path}[${JSON.stringify(text)}]`;
  return path === "" ? text : `${path}.${text}`;
}
