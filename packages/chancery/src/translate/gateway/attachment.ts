import type { Listener } from "../../model/gateway.ts";
import type { Item } from "../../model/model.ts";
import type { Route } from "../../model/route.ts";
import { intersectHosts } from "../hostname.ts";

/** That a listener of a gateway takes a route, and the hosts for which it does. */
export interface Attachment {
  readonly listener: string;
  readonly hosts: readonly string[];
}

/** Which protocols of routes a listener takes. */
const takes: Readonly<Record<Listener["protocol"], readonly Route["protocol"][]>> = {
  HTTP: ["http", "grpc"],
  HTTPS: ["http", "grpc"],
  TLS: ["tls", "tcp"],
  TCP: ["tcp"],
  UDP: ["udp"],
};

/** The listeners of a gateway that take a route: those that it names, or all, of its protocol and with hosts in common. */
export function toAttachments(gateway: Item<"gateways">, { value: route }: Item<"routes">): readonly Attachment[] {
  const named = route.parents.flatMap((parent) => {
    const [name, listener] = parent.split("/");
    return name === gateway.name ? [listener] : [];
  });
  const all = named.includes(undefined);
  return Object.entries(gateway.value.listeners).flatMap(([listener, { protocol, hostnames }]) => {
    if (!(all || named.includes(listener)) || !takes[protocol].includes(route.protocol)) return [];
    const hosts = intersectHosts(hostnames, route.hosts);
    return hosts.length === 0 ? [] : [{ listener, hosts }];
  });
}
