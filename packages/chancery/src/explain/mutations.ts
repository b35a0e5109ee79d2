import type { HeaderMutation } from "./explanation.ts";
import { flagIn, type Json, objectIn, objectsIn, textIn, textsIn } from "./json.ts";

export type Direction = "request" | "response";

export type Level = readonly [level: HeaderMutation["level"], config: Json | undefined];

/** What is done to the headers at all levels, in the order in which Envoy does it; the last one wins. */
export function mutationsOf(
  direction: Direction,
  levels: readonly Level[],
  mostSpecificWins: boolean,
): HeaderMutation[] {
  const ordered = mostSpecificWins ? levels.toReversed() : levels;
  return ordered.flatMap(([level, config]) => [
    ...textsIn(config, `${direction}_headers_to_remove`).map(
      (name): HeaderMutation => ({ level, action: "remove", name: name.toLowerCase() }),
    ),
    ...objectsIn(config, `${direction}_headers_to_add`).map((option) => toMutation(level, option)),
  ]);
}

const actions: Readonly<Record<string, HeaderMutation["action"]>> = {
  APPEND_IF_EXISTS_OR_ADD: "append",
  ADD_IF_ABSENT: "add",
  OVERWRITE_IF_EXISTS_OR_ADD: "overwrite",
  OVERWRITE_IF_EXISTS: "overwrite-existing",
};

function toMutation(level: HeaderMutation["level"], option: Json): HeaderMutation {
  const header = objectIn(option, "header");
  const action = actions[textIn(option, "append_action") || "APPEND_IF_EXISTS_OR_ADD"] ?? "append";
  const name = textIn(header, "key").toLowerCase();
  // The older field says only whether to append.
  return {
    level,
    action: flagIn(option, "append") === false ? "overwrite" : action,
    name,
    value: textIn(header, "value"),
  };
}
