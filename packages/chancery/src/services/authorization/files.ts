import type { LocatedProblem } from "../../documents/document.ts";
import type { Logger } from "../../logs.ts";
import type { SourceState } from "../../sources/source.ts";
import { FileReport } from "../file-report.ts";
import type { Authorizer } from "./authorizer.ts";
import { toPolicies } from "./policies.ts";
import { readAuthorization } from "./read.ts";

export interface AuthorizationFilesContext {
  readonly authorizer: Pick<Authorizer, "use" | "policies">;
  readonly cwd: string;
  readonly log: Logger;
}

/** Takes in what sources say of authorization: all of it, or, while there is a mistake anywhere in it, nothing. */
export class AuthorizationFiles {
  readonly #context: AuthorizationFilesContext;
  readonly #report: FileReport;

  constructor(context: AuthorizationFilesContext) {
    this.#context = context;
    this.#report = new FileReport(context.log);
  }

  /** What is wrong now. */
  get problems(): readonly LocatedProblem[] {
    return this.#report.problems;
  }

  /** How often there was something new, by whether it was used. */
  get reloads(): ReadonlyMap<"good" | "bad", number> {
    return this.#report.reloads;
  }

  apply({ documents, problems: unread }: SourceState): void {
    const { authorizer, cwd, log } = this.#context;
    const { config, origins, problems: read } = readAuthorization(documents);
    const isGood = this.#report.take([...unread, ...read]);
    if (!isGood || config === undefined) {
      const kept = authorizer.policies === undefined ? "all requests are denied" : "those before stay";
      log.error({ change: "authorization" }, `The policies have mistakes and are not used; ${kept}`);
      return;
    }
    const policies = toPolicies(config, { origins, cwd, log, previous: authorizer.policies });
    authorizer.use(policies);
    const names = [...policies.byName.keys()].map((name) => `"${name}"`).join(", ") || "no policy";
    log.info({ change: "authorization" }, `Requests are authorized by ${names}`);
  }
}
