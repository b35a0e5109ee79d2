import { isIPv4 } from "node:net";
import type { Listener } from "../model/gateway.ts";
import { join } from "../model/join.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import { intersectHosts } from "../translate/hostname.ts";
import { error } from "./finding.ts";

/** Listeners that want the same port and cannot share it: the first one keeps it. */
export function checkPorts(model: Model): readonly ItemProblem[] {
  const doors = [...model.gateways.values()].flatMap(doorsOf);
  const byPort = Map.groupBy(doors, ({ port, transport }) => `${transport} ${port}`);
  return [...byPort.values()].flatMap((sharing) =>
    sharing.flatMap((door, i) => {
      const other = sharing.slice(0, i).find((before) => isConflict(before, door, model));
      if (other === undefined) return [];
      const message = `${door.transport} port ${door.port} is taken by ${other.gateway.name}/${other.name}`;
      return [
        error(door.gateway, {
          code: "port-conflict",
          path: `${join("listeners", door.name)}.port`,
          message,
          hint: hintFor(other, door),
        }),
      ];
    }),
  );
}

interface Door {
  readonly gateway: Item<"gateways">;
  readonly name: string;
  readonly listener: Listener;
  readonly transport: "TCP" | "UDP";
  readonly address: string;
  readonly port: number;
}

function doorsOf(gateway: Item<"gateways">): readonly Door[] {
  return Object.entries(gateway.value.listeners).flatMap(([name, listener]) => {
    const { protocol, http3, port, address = gateway.value.address } = listener;
    const door = { gateway, name, listener, address, port };
    const isUdp = protocol === "UDP";
    return [
      { ...door, transport: isUdp ? "UDP" : "TCP" } as const,
      ...(http3 && !isUdp ? [{ ...door, transport: "UDP" } as const] : []),
    ];
  });
}

function isConflict(a: Door, b: Door, model: Model): boolean {
  if (!overlaps(a.address, b.address)) return false;
  if (a.gateway !== b.gateway) return shareFleet(a.gateway.name, b.gateway.name, model);
  // On a port of UDP, plain datagrams and HTTP/3 cannot be told apart.
  if (a.transport === "UDP" && a.listener.protocol !== b.listener.protocol) return true;
  return !canShare(a.listener, b.listener);
}

/** Within a gateway, TLS is told from what is none, and the host tells listeners apart: plain HTTP by its header, TLS by SNI. */
function canShare(a: Listener, b: Listener): boolean {
  const kind = ({ protocol }: Listener) => (protocol === "HTTPS" ? "TLS" : protocol);
  if ((kind(a) === "TLS") !== (kind(b) === "TLS")) return true;
  if (kind(a) !== kind(b) || kind(a) === "TCP" || kind(a) === "UDP") return false;
  const [first, second] = [new Set(a.hostnames ?? ["*"]), b.hostnames ?? ["*"]];
  return !second.some((host) => first.has(host));
}

function overlaps(a: string, b: string): boolean {
  return a === b || takes(a, b) || takes(b, a);
}

/** Whether one address stands for all of the other's family; that of all of IPv6 takes IPv4 too. */
function takes(any: string, address: string): boolean {
  return any === "::" || (any === "0.0.0.0" && isIPv4(address));
}

function shareFleet(a: string, b: string, { fleets }: Model): boolean {
  return [...fleets.values()].some(
    ({ value: { gateways } }) => gateways === undefined || (gateways.includes(a) && gateways.includes(b)),
  );
}

function hintFor(a: Door, b: Door): string {
  if (a.gateway !== b.gateway) return "take another port, or give the gateways to different fleets";
  const hosts = intersectHosts(a.listener.hostnames, b.listener.hostnames);
  return a.listener.protocol === b.listener.protocol && hosts.length > 0
    ? "take another port, or give each its own hostnames"
    : "take another port";
}
