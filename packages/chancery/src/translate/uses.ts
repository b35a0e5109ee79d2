import type { Item } from "../model/model.ts";
import { memo } from "./memo.ts";

/** The services that a route sends something to. */
export const servicesOfRoute: (route: Item<"routes">) => readonly string[] = memo(({ value }) => {
  if (!("rules" in value)) return value.to.map(({ service }) => service);
  const names = Object.values(value.rules).flatMap(({ to = [], mirror = [] }) =>
    [...to, ...mirror].map(({ service }) => service),
  );
  return [...new Set(names)];
});

/** The services that a service falls back on. */
export function servicesOfService({ value }: Item<"services">): readonly string[] {
  return value.failover ?? [];
}

/** The certificate objects of all kinds that a service's TLS needs. */
export function certificatesOfService({ value }: Item<"services">): readonly string[] {
  return [value.tls?.ca, value.tls?.certificate].filter((name) => name !== undefined);
}

/** The certificate objects of all kinds that a gateway's listeners need. */
export const certificatesOfGateway: (gateway: Item<"gateways">) => readonly string[] = memo(({ value }) =>
  Object.values(value.listeners).flatMap(({ tls }) => [
    ...(tls?.certificates ?? []),
    ...(tls?.clientCertificates === undefined ? [] : [tls.clientCertificates.ca]),
  ]),
);

/** The gateways that a route is attached to, by name. */
export const gatewaysOfRoute: (route: Item<"routes">) => readonly string[] = memo(({ value }) => [
  ...new Set(value.parents.map((parent) => parent.split("/")[0] ?? "")),
]);
