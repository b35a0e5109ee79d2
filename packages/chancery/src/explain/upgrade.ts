import type { Refuse } from "./explanation.ts";
import { flagIn, type Json, objectsIn, textIn } from "./json.ts";
import type { Request } from "./request.ts";

/** Why a request to change the protocol, such as to a WebSocket or by CONNECT, is refused; undefined if it is not. */
export function upgradeRefusal(request: Request, manager: Json, action: Json | undefined): Refuse | undefined {
  const type = upgradeOf(request);
  if (type === undefined) return undefined;
  const allowed =
    isAllowed(objectsIn(action, "upgrade_configs"), type) ?? isAllowed(objectsIn(manager, "upgrade_configs"), type);
  if (allowed ?? false) return undefined;
  const why = `neither the connection manager nor the route allows the upgrade "${type}" (upgrade_configs)`;
  return { kind: "refuse", status: 403, code: "upgrade_failed", why };
}

function upgradeOf({ method, protocol, headers }: Request): string | undefined {
  if (method === "CONNECT") return "CONNECT";
  const tokens = headers.filter(([name]) => name === "connection").flatMap(([, value]) => value.split(","));
  const upgrades = protocol === "http1" && tokens.some((token) => token.trim().toLowerCase() === "upgrade");
  return upgrades ? headers.find(([name]) => name === "upgrade")?.[1].trim() : undefined;
}

function isAllowed(configs: readonly Json[], type: string): boolean | undefined {
  const config = configs.find((candidate) => textIn(candidate, "upgrade_type").toLowerCase() === type.toLowerCase());
  return config === undefined ? undefined : (flagIn(config, "enabled") ?? true);
}
