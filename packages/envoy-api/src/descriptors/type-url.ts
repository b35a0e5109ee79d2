/** What a type URL says after its last slash; undefined when there is no slash or nothing after it. */
export function typeNameOf(url: string): string | undefined {
  const slash = url.lastIndexOf("/");
  return slash < 0 || slash === url.length - 1 ? undefined : url.slice(slash + 1);
}
