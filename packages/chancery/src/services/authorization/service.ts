import { authorizationHandlers } from "@chancery/xds/services";
import { withSafeJson } from "../../admin/safe-json.ts";
import type { Logger } from "../../logs.ts";
import type { Model } from "../../model/model.ts";
import { fileSource } from "../../sources/file.ts";
import { follow } from "../../sources/follow.ts";
import type { Service } from "../service.ts";
import { Authorizer, type AuthorizerOptions } from "./authorizer.ts";
import { AuthorizationFiles } from "./files.ts";
import { toMetrics } from "./metrics.ts";
import { PolicyReferences } from "./references.ts";
import { addAuthorizationRoutes } from "./routes.ts";

export interface AuthorizationOptions extends AuthorizerOptions {
  /** Files, or folders of files, with policies and what they refer to. They are watched. */
  readonly paths: readonly string[];
}

export interface AuthorizationContext {
  readonly cwd: string;
  readonly log: Logger;
}

/** External authorization, as it runs. */
export interface AuthorizationService extends Service {
  /** Resolves when the files have been read. */
  readonly loaded: Promise<void>;
  /** Says from now on which policies of this model name what the files do not have. */
  useModel(model: Model): void;
}

/** Authorizes requests by the policies in files. */
export function startAuthorization(
  { paths, ...options }: AuthorizationOptions,
  { cwd, log }: AuthorizationContext,
): AuthorizationService {
  const authorizer = new Authorizer(log, options);
  const files = new AuthorizationFiles({ authorizer, cwd, log });
  const references = new PolicyReferences(log);
  let model: Model | undefined;
  const checkReferences = () => {
    const known = authorizer.policies?.byName;
    if (model !== undefined && known !== undefined) references.check(model, [...known.keys()]);
  };
  const following = follow(fileSource({ paths, cwd }), {
    onState(state) {
      files.apply(state);
      checkReferences();
    },
    onError: (err) => log.error({ err }, "The files of policies are not followed any more; what they said stays"),
  });
  return {
    name: "authorization",
    methods: authorizationHandlers({ check: (request) => authorizer.check(request) }),
    metrics: toMetrics({ authorizer, files }),
    addRoutes: (app) => withSafeJson(app, (scope) => addAuthorizationRoutes(scope, { authorizer, files })),
    loaded: following.loaded,
    useModel(next) {
      model = next;
      checkReferences();
    },
    async close() {
      await following[Symbol.asyncDispose]();
      authorizer.close();
    },
  };
}
