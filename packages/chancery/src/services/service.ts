import type { Groups } from "@chancery/xds";
import type { NodeStream, ServiceMethod } from "@chancery/xds/services";
import type { FastifyInstance } from "fastify";
import type { Family } from "../metrics/metrics.ts";

/** A service beside xDS: what Envoys call on the xDS port, and what people see of it over HTTP. */
export interface Service {
  /** One word, such as `load`. */
  readonly name: string;
  /** Served on the xDS port. */
  readonly methods: readonly ServiceMethod[];
  /** Served on `/metrics`. Their names begin with `chancery_` and the name of the service. */
  readonly metrics?: readonly Family[];
  /** Adds what the HTTP port serves for it, with schemas, so that it is in the OpenAPI description. */
  addRoutes?(app: FastifyInstance): void;
  /** Ends what it has running. Its streams are the server's, which ends them before. */
  close?(): void | Promise<void>;
}

/** What the control plane knows of the nodes that call services. */
export interface Nodes {
  /** The groups whose snapshots a node is served. */
  groupsOf(stream: NodeStream): Groups;
  /** Whether a node is to report something: not if its fleet says that it is not. */
  wants(stream: NodeStream, what: "loadReports" | "metrics"): boolean;
  /** Calls `listener` when one of these may say something else, until what it returns is called. */
  watch(listener: () => void): () => void;
  /** Throws a `StatusError` for a node that has to show who it is and does not. */
  authorize(stream: NodeStream): void;
}
