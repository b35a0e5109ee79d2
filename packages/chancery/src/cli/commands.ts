import { bootstrapCommand } from "./bootstrap.ts";
import type { Command } from "./command.ts";
import { demoCommand } from "./demo.ts";
import { envoyCommand } from "./envoy.ts";
import { serveCommand } from "./serve.ts";

/** All commands, in the order of `chancery --help`. */
export const commands: readonly Command[] = [serveCommand, demoCommand, envoyCommand, bootstrapCommand];
