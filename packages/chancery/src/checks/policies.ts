import { meant } from "../cli/suggest.ts";
import { join } from "../model/join.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import { gatewaysOfTarget } from "../translate/policy/policies.ts";
import { gatewaysOfRoute } from "../translate/uses.ts";
import { error, type Finding, warning } from "./finding.ts";

/** Policies for what does not exist or cannot have them, and sections that do nothing or too much. */
export function checkPolicies(model: Model): readonly ItemProblem[] {
  const deciding = new Map<string, Item<"policies">>();
  return [...model.policies.values()].flatMap((item) => {
    const found = item.value.targets.flatMap((target, index): ItemProblem[] => {
      const path = join("targets", index);
      const wrong = problemOf(target, model);
      if (wrong !== undefined) return [error(item, { ...wrong, path })];
      return [
        ...(hasEffect(item, target, model) ? [] : [warning(item, { ...noEffect, path })]),
        ...(asksForCertificates(item, target, model) ? [] : [warning(item, { ...noCertificates, path })]),
        ...rivalOf(item, target, deciding).map((finding) => error(item, { ...finding, path })),
      ];
    });
    return [...found, ...countedTwice(item, model).map((finding) => warning(item, finding))];
  });
}

type TargetFinding = Omit<Finding, "path">;

/** What is wrong with a target; undefined if it is requests of HTTP that there are. */
function problemOf(target: string, { gateways, routes }: Model): TargetFinding | undefined {
  const [kind, name = "", part] = target.split(/[/#]/);
  if (kind === "gateway" || kind === "listener") {
    const gateway = gateways.get(name);
    if (gateway === undefined) return dangling(`no gateway named "${name}"`, name, gateways.keys());
    if (part === undefined) return undefined;
    const { listeners } = gateway.value;
    const listener = Object.hasOwn(listeners, part) ? listeners[part] : undefined;
    if (listener === undefined) {
      return dangling(`gateway "${name}" has no listener "${part}"`, part, Object.keys(listeners));
    }
    return /^HTTPS?$/.test(listener.protocol) ? undefined : notHttp(`listener "${name}/${part}"`, listener.protocol);
  }
  const route = routes.get(name)?.value;
  if (route === undefined) return dangling(`no route named "${name}"`, name, routes.keys());
  if (!("rules" in route)) return notHttp(`route "${name}"`, route.protocol);
  if (part === undefined || Object.hasOwn(route.rules, part)) return undefined;
  return dangling(`route "${name}" has no rule "${part}"`, part, Object.keys(route.rules));
}

function dangling(message: string, name: string, known: Iterable<string>): TargetFinding {
  return { code: "dangling-reference", message, hint: meant(name, known) };
}

function notHttp(what: string, protocol: string): TargetFinding {
  return { code: "wrong-protocol", message: `${what} is of protocol ${protocol}; policies are for HTTP` };
}

/** Envoy counts only requests that it sends on. */
function hasEffect({ value }: Item<"policies">, target: string, { routes }: Model): boolean {
  const [kind, name = "", rule] = target.split(/[/#]/);
  const route = kind === "route" || kind === "rule" ? routes.get(name)?.value : undefined;
  const { rateLimit, targets: _, ...others } = value;
  const isAlone = Object.values(others).every((section) => section === undefined);
  if (rateLimit === undefined || !isAlone || !route || !("rules" in route)) return true;
  return Object.entries(route.rules).some(([key, { to }]) => (rule === undefined || key === rule) && to !== undefined);
}

const noEffect = {
  code: "no-effect",
  message: "the limit has no effect: nothing is sent to a service there, and Envoy counts no other requests",
};

/** Whether some requests of a target can come with a certificate, if they have to. */
function asksForCertificates({ value }: Item<"policies">, target: string, { gateways, routes }: Model): boolean {
  if (!value.principals || value.principals.dryRun) return true;
  const [kind, , part] = target.split(/[/#]/);
  return gatewaysOfTarget(target, routes)
    .flatMap((gateway) => Object.entries(gateways.get(gateway)?.value.listeners ?? {}))
    .some(([listener, { tls }]) => tls?.clientCertificates !== undefined && (kind !== "listener" || listener === part));
}

const noCertificates = {
  code: "no-effect",
  message: "all is refused there: no listener of it asks for certificates of clients",
  hint: "give one tls.clientCertificates",
};

/** Of what there can be one only, the last policy of a target has it. */
function rivalOf(
  item: Item<"policies">,
  target: string,
  deciding: Map<string, Item<"policies">>,
): readonly TargetFinding[] {
  return Object.entries(exclusive).flatMap(([section, has]) => {
    if (!has(item)) return [];
    const key = `${section} ${target}`;
    const rival = deciding.get(key);
    deciding.set(key, item);
    if (rival === undefined || rival === item) return [];
    const message = `policy "${rival.name}" has ${section} for ${target} too; this one decides`;
    return [{ code: "policy-conflict", message, hint: "remove one of them" }];
  });
}

const exclusive: Readonly<Record<string, (item: Item<"policies">) => boolean>> = {
  authorization: ({ value }) => value.authorization !== undefined,
  ipAccess: ({ value }) => value.ipAccess !== undefined,
  principals: ({ value }) => value.principals !== undefined,
  jwt: ({ value }) => value.jwt !== undefined,
  "a rateLimit with a domain": ({ value }) => value.rateLimit !== undefined && "domain" in value.rateLimit,
};

/** Requests that come by two targets of one policy. */
function countedTwice({ value: { targets, rateLimit } }: Item<"policies">, { routes }: Model): readonly Finding[] {
  if (rateLimit === undefined) return [];
  const gateways = new Set(targets.flatMap((target) => /^(?:gateway|listener)\/([^/]+)/.exec(target)?.[1] ?? []));
  return targets.flatMap((target, index) => {
    const route = routes.get(/^(?:route|rule)\/([^#]+)/.exec(target)?.[1] ?? "");
    const wider = route && gatewaysOfRoute(route).find((name) => gateways.has(name));
    if (wider === undefined) return [];
    const message = `requests that come by gateway "${wider}" are counted twice: it is a target of the policy too`;
    return [{ code: "counted-twice", path: join("targets", index), message, hint: "keep one of the targets" }];
  });
}
