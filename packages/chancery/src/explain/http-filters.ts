import type { HttpFilter } from "./explanation.ts";
import { flagIn, type Json, objectIn, objectsIn, shortTypeIn, textIn, typeIn } from "./json.ts";
import type { Level } from "./mutations.ts";
import type { Resources } from "./resources.ts";

/** The HTTP filters in order, and which of them the route configures or turns off. */
export function httpFiltersOf(manager: Json, levels: readonly Level[], resources: Resources): readonly HttpFilter[] {
  return objectsIn(manager, "http_filters").map((filter) => {
    const name = textIn(filter, "name");
    const configs = levels.toReversed().flatMap(([level, config]) => {
      const own = objectIn(objectIn(config, "typed_per_filter_config"), name);
      return own === undefined ? [] : [{ level, config: own }];
    });
    const last = configs.at(-1);
    // What has configuration is on, unless that says otherwise.
    const disabled = last === undefined ? flagIn(filter, "disabled") : isOff(last.config);
    return {
      name,
      type: shortTypeIn(configOf(filter, resources)),
      disabled: disabled ?? false,
      perRoute: configs.map(({ level, config }) => `${level}: ${describe(config)}`),
    };
  });
}

const filterConfig = "envoy.config.route.v3.FilterConfig";

function isOff(config: Json): boolean {
  return typeIn(config) === filterConfig && (flagIn(config, "disabled") ?? false);
}

function configOf(filter: Json, resources: Resources): Json | undefined {
  if (!("config_discovery" in filter)) return objectIn(filter, "typed_config");
  const found = resources.get("extensionConfigs", textIn(filter, "name"));
  return objectIn(found, "typed_config") ?? objectIn(objectIn(filter, "config_discovery"), "default_config");
}

function describe(config: Json): string {
  if (isOff(config)) return "disabled";
  if (typeIn(config) !== filterConfig) return shortTypeIn(config);
  return shortTypeIn(objectIn(config, "config")) || "enabled";
}
