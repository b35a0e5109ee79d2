import type { Json } from "../../explain/json.ts";
import { service as schema } from "../../model/service.ts";
import type { Certificates } from "../certificates.ts";
import { fit } from "../fit.ts";
import { type Authored, said } from "../values.ts";
import { connection } from "./connection.ts";
import { endpoints } from "./endpoints.ts";
import { health } from "./health.ts";
import { limits } from "./limits.ts";
import { loadBalancing } from "./load-balancing.ts";
import { protocol } from "./protocol.ts";
import { tls } from "./tls.ts";

/** What is known when a service is made of a cluster. */
export interface ServiceContext {
  readonly name: string;
  /** Whether only connections go there, and no requests. */
  readonly isStream: boolean;
  /** Whether what the input leaves to Envoy is left to the model. */
  readonly plain: boolean;
  readonly certificates: Certificates;
}

/** Some of what a person says of a service, as one thing about a cluster has it. */
export type ServiceFeature = (cluster: Json, context: ServiceContext) => Authored;

const features: readonly ServiceFeature[] = [endpoints, protocol, tls, health, loadBalancing, limits, connection];

/** The service of a cluster, as far as the model can say it. */
export function toService(cluster: Json, context: ServiceContext): Authored {
  const content = said(Object.assign({}, ...features.map((feature) => feature(cluster, context)))) ?? {};
  return fit(schema, content) ?? {};
}
