import { toJsonSchema } from "../model/json-schema.ts";
import { toReference } from "../model/reference.ts";
import { defineCommand, UsageError } from "./command.ts";

export const schemaCommand = defineCommand({
  name: "schema",
  summary: "Write the JSON Schema of the model, with which editors complete YAML",
  usage: "schema [OPTIONS]",
  description:
    "For editors with the YAML language server, write it to a file and begin configuration with\n" +
    "# yaml-language-server: $schema=chancery.schema.json",
  examples: [
    { command: "chancery schema > chancery.schema.json", what: "for an editor" },
    { command: "chancery schema --format markdown", what: "a table of fields for each kind" },
  ],
  options: { format: { type: "string", default: "json", value: "json|markdown", help: "How to write it" } },
  async run({ values: { format }, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    if (format !== "json" && format !== "markdown") {
      throw new UsageError(`Cannot write format "${format}": it would have to be json or markdown`);
    }
    io.stdout.write(format === "json" ? `${JSON.stringify(toJsonSchema(), null, 2)}\n` : toReference());
    return 0;
  },
});
