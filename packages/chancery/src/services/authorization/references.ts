import { didYouMean } from "../../cli/suggest.ts";
import type { Logger } from "../../logs.ts";
import { describePlace } from "../../model/locate.ts";
import type { Model } from "../../model/model.ts";

/** Says which policies of the model name what no file of authorization has: everything that they are for is refused. */
export class PolicyReferences {
  readonly #log: Logger;
  #said: ReadonlySet<string> = new Set();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Logs what was not so last time. `known` are the names in files; undefined if there is no authorization at all. */
  check(model: Model, known: readonly string[] | undefined): void {
    const wrong = new Set(wrongReferences(model, known));
    for (const message of wrong.difference(this.#said)) this.#log.warn({ change: "authorization" }, message);
    this.#said = wrong;
  }
}

function wrongReferences(model: Model, known: readonly string[] | undefined): readonly string[] {
  return [...model.policies.values()].flatMap((item) => {
    const name = item.value.authorization?.policy;
    if (name === undefined || known?.includes(name)) return [];
    const why =
      known === undefined
        ? "nobody is there to ask who may; start with --authorization PATH"
        : `no file of authorization has a policy "${name}"${didYouMean(name, known)}`;
    return [`${describePlace(model, item)}: all is refused: ${why}`];
  });
}
