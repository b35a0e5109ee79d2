import type { Commands } from "./command.ts";

/** All commands, in the order of `chancery --help`. */
export const commands: Commands = {
  serve: async () => (await import("./serve.ts")).serveCommand,
  demo: async () => (await import("./demo.ts")).demoCommand,
  validate: async () => (await import("./validate.ts")).validateCommand,
  translate: async () => (await import("./translate.ts")).translateCommand,
  import: async () => (await import("./import.ts")).importCommand,
  diff: async () => (await import("./diff.ts")).diffCommand,
  plan: async () => (await import("./plan.ts")).planCommand,
  graph: async () => (await import("./graph.ts")).graphCommand,
  test: async () => (await import("./test-command.ts")).testCommand,
  clients: async () => (await import("./clients.ts")).clientsCommand,
  events: async () => (await import("./events.ts")).eventsCommand,
  top: async () => (await import("./top.ts")).topCommand,
  health: async () => (await import("./health.ts")).healthCommand,
  explain: async () => (await import("./explain.ts")).explainCommand,
  logs: async () => (await import("./logs.ts")).logsCommand,
  traces: async () => (await import("./traces.ts")).tracesCommand,
  authz: async () => (await import("./authz.ts")).authzCommand,
  schema: async () => (await import("./schema.ts")).schemaCommand,
  conformance: async () => (await import("./conformance.ts")).conformanceCommand,
  envoy: async () => (await import("./envoy.ts")).envoyCommand,
  bootstrap: async () => (await import("./bootstrap.ts")).bootstrapCommand,
  completion: async () => (await import("./completion.ts")).completionCommand(commands),
};
