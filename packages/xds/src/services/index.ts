/** The services beside xDS that Envoys call: each a list of methods for `GrpcServer.handle`. */
export type { Node } from "../discovery/node.ts";
export type { IntakeStats } from "./intake.ts";
export {
  type NodeStream,
  type NodeStreamOptions,
  type NodeStreamStats,
  NodeStreams,
  type ServiceMethod,
} from "./node-streams.ts";
