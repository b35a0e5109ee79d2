import { AdmissionControl, type AdmissionOptions, authorizationHandlers } from "@chancery/xds/services";
import { withSafeJson } from "../../admin/safe-json.ts";
import type { Logger } from "../../logs.ts";
import { fileSource } from "../../sources/file.ts";
import { follow } from "../../sources/follow.ts";
import type { Service } from "../service.ts";
import { Authorizer, type AuthorizerOptions } from "./authorizer.ts";
import { AuthorizationFiles } from "./files.ts";
import { toMetrics } from "./metrics.ts";
import { addAuthorizationRoutes } from "./routes.ts";

export interface AuthorizationOptions extends AuthorizerOptions {
  /** Files, or folders of files, with policies and what they refer to. They are watched. */
  readonly paths: readonly string[];
  /** When calls are refused since there are too many; by default when they wait for 100 ms, half of what Envoy waits. */
  readonly admission?: Omit<AdmissionOptions, "onChange"> | undefined;
}

export interface AuthorizationContext {
  readonly cwd: string;
  readonly log: Logger;
  /** Called when there may be other policies. */
  readonly onPolicies: () => void;
}

/** External authorization, as it runs. */
export interface AuthorizationService extends Service {
  /** Resolves when the files have been read. */
  readonly loaded: Promise<void>;
  /** The names of the policies there are; undefined while no files were good. */
  readonly policies: readonly string[] | undefined;
}

/** Authorizes requests by the policies in files. */
export function startAuthorization(
  { paths, admission: limits, ...options }: AuthorizationOptions,
  { cwd, log, onPolicies }: AuthorizationContext,
): AuthorizationService {
  const authorizer = new Authorizer(log, options);
  const onChange = (overloaded: boolean) => log.warn(overloaded ? shedding : shed);
  const admission = new AdmissionControl({ maxDelayMs: 100, ...limits, onChange });
  const files = new AuthorizationFiles({ authorizer, cwd, log });
  const following = follow(fileSource({ paths, cwd }), {
    onState(state) {
      files.apply(state);
      onPolicies();
    },
    onError: (err) => log.error({ err }, "The files of policies are not followed any more; what they said stays"),
  });
  return {
    name: "authorization",
    methods: authorizationHandlers({ check: (request) => authorizer.check(request) }, { admission }),
    metrics: toMetrics({ authorizer, files, admission }),
    addRoutes: (app) => withSafeJson(app, (scope) => addAuthorizationRoutes(scope, { authorizer, files })),
    loaded: following.loaded,
    get policies() {
      const { policies } = authorizer;
      return policies && [...policies.byName.keys()];
    },
    async close() {
      await following[Symbol.asyncDispose]();
      authorizer.close();
    },
  };
}

const shedding =
  "More is asked to be authorized than can be decided in time: some calls are refused, which Envoy denies";
const shed = "All that is asked to be authorized is decided again";
