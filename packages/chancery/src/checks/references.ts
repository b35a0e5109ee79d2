import { suggest } from "../cli/suggest.ts";
import { join } from "../model/join.ts";
import { type KindKey, kinds, type ObjectOf } from "../model/kinds.ts";
import { type Item, type ItemProblem, keyOf, type Model } from "../model/model.ts";

/** Something that an object refers to by name. */
interface Reference {
  readonly kind: KindKey;
  readonly name: string;
  /** Where it stands within the object. */
  readonly path: string;
}

/** References that lead nowhere. */
export function checkReferences(item: Item, model: Model): readonly ItemProblem[] {
  return referencesOf(item).flatMap((reference) =>
    model[reference.kind].has(reference.name) ? [] : [toProblem(item, reference, model)],
  );
}

function toProblem(item: Item, { kind, name, path }: Reference, model: Model): ItemProblem {
  const singular = kinds.find(({ key }) => key === kind)?.singular ?? kind;
  const dangling = { severity: "error", code: "dangling-reference", path } as const;
  if (model.places.has(keyOf(kind, name))) {
    return { item, problem: { ...dangling, message: `${singular} "${name}" has a mistake in it and never was right` } };
  }
  const known = [...model[kind].keys()];
  const meant = suggest(name, known);
  const hint =
    meant === undefined
      ? known.length === 0
        ? `there is no ${singular} at all`
        : undefined
      : `did you mean "${meant}"?`;
  const message = `no ${singular} named "${name}"`;
  return { item, problem: { ...dangling, message, ...(hint !== undefined && { hint }) } };
}

function referencesOf(item: Item): readonly Reference[] {
  // An item's kind says what its value is.
  const find = finders[item.kind] as (value: Item["value"]) => readonly Reference[];
  return find(item.value);
}

const finders: { readonly [K in KindKey]: (value: ObjectOf<K>) => readonly Reference[] } = {
  fleets: ({ gateways = [], services = [], tracing }) => [
    ...each("gateways", gateways, "gateways"),
    ...each("services", services, "services"),
    ...(tracing === undefined || tracing.to === "chancery" ? [] : [to("services", tracing.to, "tracing.to")]),
  ],
  gateways: ({ listeners }) =>
    Object.entries(listeners).flatMap(([name, { tls }]) => {
      const path = `${join("listeners", name)}.tls`;
      const ca = tls?.clientCertificates?.ca;
      return [
        ...each("certificates", tls?.certificates ?? [], `${path}.certificates`),
        ...(ca === undefined ? [] : [to("certificates", ca, `${path}.clientCertificates.ca`)]),
      ];
    }),
  routes: (route) => {
    if (!("rules" in route)) return destinations(route.to, "to");
    return Object.entries(route.rules).flatMap(([name, rule]) => [
      ...destinations(rule.to ?? [], `${join("rules", name)}.to`),
      ...destinations(rule.mirror ?? [], `${join("rules", name)}.mirror`),
    ]);
  },
  services: ({ failover = [], tls }) => [
    ...each("services", failover, "failover"),
    ...(tls?.ca === undefined ? [] : [to("certificates", tls.ca, "tls.ca")]),
    ...(tls?.certificate === undefined ? [] : [to("certificates", tls.certificate, "tls.certificate")]),
  ],
  certificates: () => [],
  policies: () => [],
  patches: ({ target }) => each("fleets", target.fleets ?? [], "target.fleets"),
};

function to(kind: KindKey, name: string, path: string): Reference {
  return { kind, name, path };
}

function each(kind: KindKey, names: readonly string[], path: string): readonly Reference[] {
  return names.map((name, i) => to(kind, name, join(path, i)));
}

function destinations(list: readonly { readonly service: string }[], path: string): readonly Reference[] {
  return list.map(({ service }, i) => to("services", service, `${join(path, i)}.service`));
}
