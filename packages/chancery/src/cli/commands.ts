import { authzCommand } from "./authz.ts";
import { bootstrapCommand } from "./bootstrap.ts";
import { clientsCommand } from "./clients.ts";
import type { Command } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { conformanceCommand } from "./conformance.ts";
import { demoCommand } from "./demo.ts";
import { diffCommand } from "./diff.ts";
import { envoyCommand } from "./envoy.ts";
import { eventsCommand } from "./events.ts";
import { explainCommand } from "./explain.ts";
import { graphCommand } from "./graph.ts";
import { healthCommand } from "./health.ts";
import { logsCommand } from "./logs.ts";
import { planCommand } from "./plan.ts";
import { schemaCommand } from "./schema.ts";
import { serveCommand } from "./serve.ts";
import { testCommand } from "./test-command.ts";
import { topCommand } from "./top.ts";
import { translateCommand } from "./translate.ts";
import { validateCommand } from "./validate.ts";

/** All commands, in the order of `chancery --help`. */
export const commands: readonly Command[] = [
  serveCommand,
  demoCommand,
  validateCommand,
  translateCommand,
  diffCommand,
  planCommand,
  graphCommand,
  testCommand,
  clientsCommand,
  eventsCommand,
  topCommand,
  healthCommand,
  explainCommand,
  logsCommand,
  authzCommand,
  schemaCommand,
  conformanceCommand,
  envoyCommand,
  bootstrapCommand,
  completionCommand(() => commands),
];
