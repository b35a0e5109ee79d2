import type { LocatedProblem } from "./documents/document.ts";
import { emptyModel, type Model } from "./model/model.ts";
import type { Materials } from "./translate/draft.ts";
import { emptyRawConfig, type RawConfig } from "./translate/raw.ts";
import type { Translation } from "./translate/translator.ts";

/** What documents mean, stage by stage. */
export interface Outcome {
  /** Envoy's own resources, by node. */
  readonly raw: RawConfig;
  readonly model: Model;
  readonly materials: Materials;
  readonly translation: Translation;
  /** What is wrong, whatever stage found it. */
  readonly problems: readonly LocatedProblem[];
}

export const emptyOutcome: Outcome = {
  raw: emptyRawConfig,
  model: emptyModel,
  materials: new Map(),
  translation: { fleets: new Map(), problems: [] },
  problems: [],
};
