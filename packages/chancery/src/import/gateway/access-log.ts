import { type Json, objectIn, objectsIn, textIn, typeIn } from "../../explain/json.ts";
import { type Authored, said } from "../values.ts";
import type { ListenerPlan } from "./plan.ts";

/** The access log of the fleet: that of every chain, if they all write the same to Envoy's output. */
export function accessLogOf(listeners: readonly ListenerPlan[]): Authored | undefined {
  const logs = listeners
    .filter(({ isRaw }) => !isRaw)
    .flatMap(({ chains, udp }) => [...chains.map(({ config }) => config), ...(udp === undefined ? [] : [udp.config])])
    .map((config) => objectsIn(config, "access_log"));
  const [first] = logs;
  const [log, ...others] = first ?? [];
  if (log === undefined || others.length > 0) return undefined;
  return logs.every((each) => JSON.stringify(each) === JSON.stringify(first)) ? toAccessLog(log) : undefined;
}

function toAccessLog(log: Json): Authored | undefined {
  const config = objectIn(log, "typed_config");
  const isStdout = typeIn(config).endsWith(".StdoutAccessLog") || textIn(config, "path") === "/dev/stdout";
  if (!isStdout) return undefined;
  const source = objectIn(objectIn(config, "log_format"), "text_format_source");
  return said({ to: "stdout", format: textIn(source, "inline_string") || undefined });
}
