import { checkModel } from "../checks/check-model.ts";
import type { LocatedProblem } from "../documents/document.ts";
import type { Json } from "../explain/json.ts";
import { locateItems } from "../model/locate.ts";
import { toModel } from "../model/parse.ts";
import type { Material } from "../translate/draft.ts";
import { messages } from "../translate/encode.ts";
import { type FleetTranslation, Translator } from "../translate/translator.ts";
import { toCanonical } from "./canonical.ts";
import { fileMark, withFiles } from "./static.ts";
import type { ResourcesByKey } from "./target.ts";
import type { Authored } from "./values.ts";

export interface TranslatedConfig {
  readonly resources: ResourcesByKey;
  readonly problems: readonly LocatedProblem[];
}

/** What a configuration of one fleet is translated to. Files are not read: what would be in them is named by their paths. */
export function translateConfig(config: Authored): TranslatedConfig {
  const { model } = toModel([{ origin: "chancery.yaml", content: config, positions: () => () => undefined }]);
  const materials = new Map(
    [...model.certificates].map(([name, { value }]): [string, Material] => {
      const files = Object.entries(value.files ?? {}).map(([part, file]) => [part, `${fileMark}${file}`]);
      return [name, { ...value.inline, ...Object.fromEntries(files) }];
    }),
  );
  const translation = new Translator().translate(model, materials);
  const [fleet] = translation.fleets.values();
  const translated = fleet === undefined ? new Map<string, Json>() : toResources(fleet);
  const resources = new Map([...translated].map(([key, resource]) => [key, withFiles(resource)]));
  const ofChecks = locateItems(model, checkModel(model)).filter(({ severity }) => severity === "error");
  return { resources, problems: [...model.problems, ...locateItems(model, translation.problems), ...ofChecks] };
}

/** What a fleet gets, in one spelling. */
export function toResources({ drafts }: Pick<FleetTranslation, "drafts">): ResourcesByKey {
  const resources = new Map<string, Json>();
  for (const [key, { type, json }] of drafts) {
    const canonical = toCanonical(messages[type], json);
    if (canonical.ok) resources.set(key, canonical.json);
  }
  return resources;
}
