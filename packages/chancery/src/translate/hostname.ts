/**
 * The hosts that are among those of a listener and those of a route: of each pair that overlaps the narrower one.
 * Without any, all hosts are meant.
 *
 * https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec
 */
export function intersectHosts(
  ofListener: readonly string[] = ["*"],
  ofRoute: readonly string[] = ["*"],
): readonly string[] {
  const both = ofRoute.flatMap((host) =>
    ofListener.flatMap((other) => (covers(other, host) ? [host] : covers(host, other) ? [other] : [])),
  );
  return [...new Set(both)];
}

/** Whether every host that `narrow` stands for is one that `wide` stands for. */
function covers(wide: string, narrow: string): boolean {
  if (wide === "*" || wide === narrow) return true;
  return wide.startsWith("*.") && narrow.endsWith(wide.slice(1)) && narrow !== wide.slice(1);
}
