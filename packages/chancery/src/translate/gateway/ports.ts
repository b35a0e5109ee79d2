import type { Listener } from "../../model/gateway.ts";
import type { Item } from "../../model/model.ts";

/** What one of Envoy's listeners is for: an address and port, and all listeners of the gateway that share it. */
export interface Port {
  /** `<gateway>:<port>`, with `/udp` or `/quic`. */
  readonly name: string;
  readonly transport: "tcp" | "udp" | "quic";
  readonly address: string;
  readonly port: number;
  readonly doors: readonly Door[];
}

/** What one filter chain is for: a listener of the gateway, or all those that take plain HTTP on a port. */
export interface Door {
  /** `<gateway>/<listener>`, that of the first. */
  readonly name: string;
  readonly listeners: readonly NamedListener[];
  readonly first: NamedListener;
}

export interface NamedListener {
  readonly name: string;
  readonly value: Listener;
}

/** The ports of a gateway, in the order in which its listeners first name them. */
export function toPorts({ name: gateway, value }: Item<"gateways">): readonly Port[] {
  const listeners = Object.entries(value.listeners).map(([name, value]) => ({ name, value }));
  const addressOf = ({ value: listener }: NamedListener) => listener.address ?? value.address;
  const isOther = ({ value: listener }: NamedListener, port: number) =>
    listener.port === port && (listener.address ?? value.address) !== value.address;
  const hasSeveral = (port: number) =>
    new Set(listeners.filter(({ value }) => value.port === port).map(addressOf)).size > 1;
  const toName = (listener: NamedListener) => {
    const { port } = listener.value;
    // Only where one port is used at several addresses does the address belong to the name.
    return `${gateway}:${isOther(listener, port) && hasSeveral(port) ? `${addressOf(listener)}:` : ""}${port}`;
  };
  const toPortsOf = (transport: Port["transport"], suffix: string, chosen: readonly NamedListener[]): Port[] =>
    [...Map.groupBy(chosen, toName)].flatMap(([name, group]) => {
      const [first] = group;
      if (first === undefined) return [];
      const doors = toDoors(gateway, group);
      return [{ name: `${name}${suffix}`, transport, address: addressOf(first), port: first.value.port, doors }];
    });
  return [
    ...toPortsOf(
      "tcp",
      "",
      listeners.filter(({ value }) => value.protocol !== "UDP"),
    ),
    ...toPortsOf(
      "udp",
      "/udp",
      listeners.filter(({ value }) => value.protocol === "UDP"),
    ),
    ...toPortsOf(
      "quic",
      "/quic",
      listeners.filter(({ value }) => offersHttp3(value)),
    ),
  ];
}

/** Nothing tells plain HTTP for one listener from that for another before the host is read, so they share a chain. */
function toDoors(gateway: string, listeners: readonly NamedListener[]): readonly Door[] {
  const groups = Map.groupBy(listeners, ({ name, value }) => (value.protocol === "HTTP" ? "HTTP" : name));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ name: `${gateway}/${first.name}`, listeners: group, first }];
  });
}

/** Whether clients may come by HTTP/3. Envoy cannot ask them for certificates there. */
export function offersHttp3({ protocol, http3, tls }: Listener): boolean {
  return protocol === "HTTPS" && http3 && tls?.clientCertificates === undefined;
}
