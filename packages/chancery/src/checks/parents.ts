import { meant } from "../cli/suggest.ts";
import { join } from "../model/join.ts";
import type { Item, ItemProblem, Model } from "../model/model.ts";
import { ownValue } from "../own-value.ts";
import { attachableProtocols, attachmentsOf } from "../translate/gateway/attached.ts";
import { error } from "./finding.ts";

/** Routes that are attached to nothing. */
export function checkParents(item: Item<"routes">, { gateways }: Model): readonly ItemProblem[] {
  return item.value.parents.flatMap((parent, i) => {
    const path = join("parents", i);
    const [name = "", listenerName] = parent.split("/");
    const gateway = gateways.get(name);
    if (gateway === undefined) {
      return [
        error(item, {
          code: "dangling-reference",
          path,
          message: `no gateway named "${name}"`,
          hint: meant(name, gateways.keys()),
        }),
      ];
    }
    const { listeners } = gateway.value;
    const listener = listenerName === undefined ? undefined : ownValue(listeners, listenerName);
    if (listenerName !== undefined && listener === undefined) {
      const message = `gateway "${name}" has no listener "${listenerName}"`;
      return [
        error(item, { code: "dangling-reference", path, message, hint: meant(listenerName, Object.keys(listeners)) }),
      ];
    }
    const { protocol } = item.value;
    const fitting = Object.values(listener === undefined ? listeners : { listener }).filter((candidate) =>
      attachableProtocols[candidate.protocol].includes(protocol),
    );
    if (fitting.length === 0) {
      const what =
        listener === undefined
          ? `gateway "${name}" has no listener`
          : `"${parent}" is of protocol ${listener.protocol}, which is no listener`;
      const message = `${what} for routes of protocol ${protocol}`;
      const candidates = listener === undefined ? Object.values(listeners) : [listener];
      const others = new Set(candidates.flatMap((candidate) => attachableProtocols[candidate.protocol]));
      const hint =
        others.size === 0 ? "it has no listeners" : `set the route's protocol to ${[...others].join(" or ")}`;
      return [error(item, { code: "wrong-protocol", path, message, hint })];
    }
    if (attachmentsOf(gateway, { ...item.value, parents: [parent] }).length > 0) return [];
    const message = `none of the route's hosts is one that "${parent}" is for`;
    const hosts = fitting.flatMap(({ hostnames = [] }) => hostnames);
    return [error(item, { code: "hosts-do-not-meet", path, message, hint: `it is for ${hosts.join(", ")}` })];
  });
}
