import type { Item, ItemProblem, Model } from "../model/model.ts";
import type { Rule } from "../model/route.ts";
import { error, type Finding, warning } from "./finding.ts";
import { rulesOf } from "./rules.ts";

/** Rules that do nothing, too much, or what their match does not allow. */
export function checkActions(route: Item<"routes">, model: Model): readonly ItemProblem[] {
  return rulesOf(route).flatMap(({ item, rule, path }) => {
    const found = (finding: Finding) => ({ ...finding, path: `${path}${finding.path}` });
    return [
      ...mistakes(rule).map((finding) => error(item, found(finding))),
      ...doubts(rule, model).map((finding) => warning(item, found(finding))),
    ];
  });
}

function mistakes(rule: Rule): readonly Finding[] {
  const actions = (["to", "redirect", "respond"] as const).filter((action) => rule[action] !== undefined);
  const [first, second] = actions;
  if (first === undefined) {
    return [{ code: "no-action", path: "", message: "does nothing", hint: "give it one of to, redirect and respond" }];
  }
  if (second !== undefined) {
    return [
      {
        code: "two-actions",
        path: `.${second}`,
        message: `${first} and ${second} exclude each other`,
        hint: "keep one of them",
      },
    ];
  }
  return [
    ...targetMistakes(rule),
    ...prefixMistakes(rule, "rewrite"),
    ...prefixMistakes(rule, "redirect"),
    ...pathMistakes(rule, "rewrite"),
    ...pathMistakes(rule, "redirect"),
  ];
}

/** Rules that lead nowhere. */
function targetMistakes({ to, redirect }: Rule): readonly Finding[] {
  if (to?.every(({ weight }) => weight === 0)) return [nothingWeighed(".to")];
  if (redirect === undefined || ways.some((way) => redirect[way] !== undefined)) return [];
  const message = "sends clients to where they are, in a circle";
  return [{ code: "redirect-circle", path: ".redirect", message, hint: `say one of ${ways.join(", ")}` }];
}

/** Of destinations that all have no share. */
export function nothingWeighed(path: string): Finding {
  const message = "sends nothing to anybody: all weights are 0";
  return { code: "no-weight", path, message, hint: "give one of them a weight" };
}

const ways = ["scheme", "host", "port", "path", "prefix", "regex"] as const;

/** A prefix can only be replaced where one was matched. */
function prefixMistakes(rule: Rule, action: "rewrite" | "redirect"): readonly Finding[] {
  if (rule[action]?.prefix === undefined) return [];
  const matches = rule.match ?? [{}];
  if (matches.every(({ path }) => path === undefined || path.prefix !== undefined || path.exact !== undefined))
    return [];
  const message = "there is no prefix to replace where the path is matched by an expression";
  return [{ code: "prefix-not-matched", path: `.${action}.prefix`, message, hint: `use ${action}.regex` }];
}

function pathMistakes(rule: Rule, action: "rewrite" | "redirect"): readonly Finding[] {
  const { path, prefix, regex } = rule[action] ?? {};
  const ways = Object.entries({ path, prefix, regex }).filter(([, value]) => value !== undefined);
  if (ways.length < 2) return [];
  const names = ways.map(([name]) => name).join(" and ");
  return [{ code: "two-paths", path: `.${action}`, message: `${names} exclude each other`, hint: "keep one of them" }];
}

/** What says something of requests to a service, in rules that send none. */
const forServices = ["rewrite", "mirror", "timeout", "retry", "affinity", "upgrades"] as const;

function doubts(rule: Rule, { services }: Model): readonly Finding[] {
  if (rule.to === undefined) {
    return forServices.flatMap((name) =>
      rule[name] === undefined
        ? []
        : [{ code: "no-effect", path: `.${name}`, message: "has no effect: the rule sends nothing to a service" }],
    );
  }
  if (rule.affinity === undefined) return [];
  const hashes = rule.to.some(({ service }) =>
    /^(ring-hash|maglev)$/.test(services.get(service)?.value.loadBalancing?.policy ?? ""),
  );
  if (hashes || rule.to.length > 1) return [];
  const message = "has no effect: none of the services chooses endpoints by hash";
  return [{ code: "no-effect", path: ".affinity", message, hint: "set its loadBalancing to ring-hash or maglev" }];
}
