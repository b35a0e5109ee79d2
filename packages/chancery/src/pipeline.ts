import { CertificateFiles, type CertificateFilesOptions } from "./certificates/certificate-files.ts";
import { createChecks } from "./checks/check-model.ts";
import { createNamesCheck, type ServiceNames } from "./checks/service-names.ts";
import type { Document, LocatedProblem } from "./documents/document.ts";
import { locateItems } from "./model/locate.ts";
import type { Model } from "./model/model.ts";
import { emptyModelState, type ModelState, toModel } from "./model/parse.ts";
import { isModelDocument } from "./model/sections.ts";
import type { Outcome } from "./outcome.ts";
import { type LastGood, nothingGood } from "./state/last-good.ts";
import type { Materials } from "./translate/draft.ts";
import { emptyRawConfig, type RawConfig, toRawConfig } from "./translate/raw.ts";
import { type FleetTranslation, Translator } from "./translate/translator.ts";
import { atOnce } from "./turns.ts";

export interface PipelineOptions extends Pick<CertificateFilesOptions, "cwd" | "onChange"> {
  /** What was good in an earlier process; nothing by default. */
  readonly lastGood?: LastGood;
}

/** Fleets that have the services of a model, but not yet what refers to those. */
export interface EarlyServices {
  readonly model: Model;
  readonly fleets: ReadonlyMap<string, FleetTranslation>;
}

/** Runs documents through the stages: each run costs what changed since the last. */
export class Pipeline implements Disposable {
  readonly #certificates: CertificateFiles;
  readonly #translator = new Translator();
  readonly #check = createChecks();
  readonly #checkNames = createNamesCheck();
  readonly #lastGood: LastGood;
  #sorted: SortedDocuments | undefined;
  #raw: RawConfig = emptyRawConfig;
  #model: ModelState = emptyModelState;
  #materials: Materials = new Map();

  constructor(options: PipelineOptions = {}) {
    const { lastGood = nothingGood, ...files } = options;
    this.#lastGood = lastGood;
    this.#certificates = new CertificateFiles({ ...files, lastGood: (name) => lastGood.materials.get(name) });
  }

  async run(documents: readonly Document[]): Promise<Outcome> {
    const outcome = await this.translate(documents);
    return { ...outcome, problems: [...outcome.problems, ...atOnce(this.checkInSteps(outcome))] };
  }

  /**
   * Everything but the checks between objects, which change nothing in what is served. Where many services are new,
   * `onServices` can hand them out before the rest is there, which waits until it resolves.
   */
  async translate(
    documents: readonly Document[],
    onServices?: (early: EarlyServices) => Promise<void>,
  ): Promise<Outcome> {
    const { ofModel, raw } = sortDocuments(documents, this.#sorted);
    this.#sorted = { documents, ofModel, raw };
    this.#raw = toRawConfig(raw, this.#raw);
    this.#model = toModel(ofModel, this.#model, { lastGood: (key) => this.#lastGood.objects.get(key)?.content });
    const { model } = this.#model;
    const { materials, problems: ofCertificates } = await this.#certificates.load(model);
    this.#materials = materials;
    const steps = this.#translator.translateInSteps(model, materials);
    let step = steps.next();
    for (; !step.done; step = steps.next()) await onServices?.({ model, fleets: step.value });
    const translation = step.value;
    const ofItems = locateItems(model, [...ofCertificates, ...translation.problems]);
    return {
      raw: this.#raw,
      model,
      materials,
      translation,
      problems: [...this.#raw.problems, ...model.problems, ...ofItems],
    };
  }

  /** What is wrong between the objects of an outcome; in steps, since nobody waits for it. */
  *checkInSteps({ model }: Pick<Outcome, "model">): Generator<undefined, readonly LocatedProblem[]> {
    return locateItems(model, yield* this.#check(model));
  }

  /** What policies of an outcome name that services do not have. */
  checkNames({ model }: Pick<Outcome, "model">, names: ServiceNames): readonly LocatedProblem[] {
    return locateItems(model, this.#checkNames(model, names));
  }

  /** What is good now. */
  good(): LastGood {
    const { documents } = this.#model.model;
    const objects = [...this.#model.objects].flatMap(([key, { reading, at }]) =>
      reading.used === undefined
        ? []
        : [[key, { origin: documents[at]?.origin ?? "", content: reading.used }] as const],
    );
    return { objects: new Map(objects), materials: this.#materials };
  }

  [Symbol.dispose](): void {
    this.#certificates[Symbol.dispose]();
  }
}

interface SortedDocuments {
  readonly documents: readonly Document[];
  readonly ofModel: readonly Document[];
  readonly raw: readonly Document[];
}

/** Tells documents of the model from those that hold Envoy's own resources; most of them it has seen before. */
function sortDocuments(
  documents: readonly Document[],
  last: SortedDocuments | undefined,
): Omit<SortedDocuments, "documents"> {
  const isSame = (document: Document, index: number) =>
    document === last?.documents[index] || isModelDocument(document);
  if (last?.raw.length === 0 && documents.every(isSame)) return { ofModel: documents, raw: last.raw };
  const { ofModel = [], raw = [] } = Object.groupBy(documents, (document) =>
    isModelDocument(document) ? "ofModel" : "raw",
  );
  return { ofModel, raw };
}
