import type { Explanation, HeaderMutation, Outcome, RouteStep } from "./explanation.ts";

/** The short of an explanation: what a test compares with what it expects. */
export interface Answer {
  readonly kind: Outcome["kind"];
  /** The status, if Envoy itself answers; undefined if an upstream does, or nobody. */
  readonly status?: number;
  /** The cluster, if it is always the same. */
  readonly cluster?: string;
  /** All clusters that may get the request, with their share in percent. */
  readonly clusters: readonly { readonly name: string; readonly share: number }[];
  /** The name of the route that matched, and of its virtual host and listener. */
  readonly route?: string;
  readonly virtualHost?: string;
  readonly listener?: string;
  /** Host and path as the upstream gets them. */
  readonly authority?: string;
  readonly path?: string;
  readonly location?: string | undefined;
  readonly body?: string | undefined;
  /**
   * The headers that Envoy sets in the request to the upstream, and in the response; those whose value holds a command
   * such as `%REQ(X)%`, or depends on the cluster that chance chooses, are left out.
   */
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  /** Those that are set to what is only known when there is a request. */
  readonly openRequestHeaders: readonly string[];
  readonly openResponseHeaders: readonly string[];
  /** The headers that Envoy takes away, and does not set again. */
  readonly removedRequestHeaders: readonly string[];
  readonly removedResponseHeaders: readonly string[];
  /** Why Envoy refuses, or why nobody can tell. */
  readonly why?: string;
  /** Rules that may match before this answer, depending on what cannot be known. */
  readonly maybe: readonly RouteStep[];
}

/** Sums an explanation up. */
export function answerOf({ outcome, http, listeners }: Explanation): Answer {
  const matched = http?.routes.find(({ verdict }) => verdict === "yes");
  const virtualHost = http?.virtualHosts.find(({ chosen }) => chosen);
  const listener = listeners.find(({ chosen }) => chosen);
  return {
    ...toAnswer(outcome),
    ...(matched && { route: matched.name }),
    ...(virtualHost && { virtualHost: virtualHost.name }),
    ...(listener && { listener: listener.name }),
    maybe: http?.routes.filter(({ verdict }) => verdict === "unknown") ?? [],
  };
}

function toAnswer(outcome: Outcome): Omit<Answer, "maybe"> {
  const none = { clusters: [], ...applied([], []) };
  if (outcome.kind === "unknown") return { ...none, kind: outcome.kind, why: outcome.why };
  if (outcome.kind === "refuse") {
    const { kind, status, why, responseHeaders = [] } = outcome;
    return { ...none, kind, ...(status !== undefined && { status }), why, ...applied([], responseHeaders) };
  }
  if (outcome.kind === "respond") {
    const { responseHeaders, ...answer } = outcome;
    return { ...none, ...answer, ...applied([], responseHeaders) };
  }
  const { kind, targets, authority, path } = outcome;
  const clusters = targets.map(({ cluster, share }) => ({ name: cluster.name, share }));
  const [first] = targets;
  const same = targets.length === 1 && first !== undefined ? first : undefined;
  return {
    kind,
    ...(same && { cluster: same.cluster.name }),
    clusters,
    ...(authority !== undefined && { authority }),
    ...(path !== undefined && { path }),
    ...applied(
      common(targets.map(({ requestHeaders }) => requestHeaders)),
      common(targets.map(({ responseHeaders }) => responseHeaders)),
    ),
  };
}

/** What is done whichever cluster is chosen. */
function common(lists: readonly (readonly HeaderMutation[])[]): readonly HeaderMutation[] {
  const [first = []] = lists;
  return lists.length === 1 ? first : first.filter(({ level }) => level !== "cluster weight");
}

type Applied = Pick<
  Answer,
  | "requestHeaders"
  | "responseHeaders"
  | "openRequestHeaders"
  | "openResponseHeaders"
  | "removedRequestHeaders"
  | "removedResponseHeaders"
>;

function applied(request: readonly HeaderMutation[], response: readonly HeaderMutation[]): Applied {
  const [req, res] = [apply(request), apply(response)];
  return {
    requestHeaders: req.set,
    responseHeaders: res.set,
    openRequestHeaders: req.open,
    openResponseHeaders: res.open,
    removedRequestHeaders: req.removed,
    removedResponseHeaders: res.removed,
  };
}

interface AppliedHeaders {
  readonly set: Readonly<Record<string, string>>;
  readonly open: readonly string[];
  readonly removed: readonly string[];
}

function apply(mutations: readonly HeaderMutation[]): AppliedHeaders {
  const values = new Map<string, readonly string[]>();
  const removed = new Set<string>();
  for (const { action, name, value = "" } of mutations) {
    const before = values.get(name) ?? [];
    if (action === "remove") {
      values.delete(name);
      removed.add(name);
    } else if (action === "append") values.set(name, [...before, value]);
    else if (action === "overwrite") values.set(name, [value]);
    else if (action === "add" && before.length === 0) values.set(name, [value]);
    else if (action === "overwrite-existing" && before.length > 0) values.set(name, [value]);
  }
  const isOpen = ([, list]: readonly [string, readonly string[]]) => list.some(hasCommand);
  const fixed = [...values].filter((entry) => !isOpen(entry));
  return {
    set: Object.fromEntries(fixed.map(([name, list]) => [name, list.join(", ").replaceAll("%%", "%")])),
    open: [...values].filter(isOpen).map(([name]) => name),
    removed: [...removed].filter((name) => !values.has(name)),
  };
}

function hasCommand(value: string): boolean {
  return value.replaceAll("%%", "").includes("%");
}
