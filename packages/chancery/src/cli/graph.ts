import { ChanceryError } from "../errors.ts";
import { toGraph } from "../graph/graph.ts";
import { defineCommand, UsageError } from "./command.ts";
import { load } from "./load.ts";
import { oneOf } from "./one-of.ts";
import { writeProblems } from "./problems.ts";

export const graphCommand = defineCommand({
  name: "graph",
  summary: "Draw where requests go, as a Mermaid flowchart",
  usage: "graph PATH… [OPTIONS]",
  description:
    "A frame for each fleet: gateways, listeners, rules with what they match, services with their weights, endpoints. " +
    "Mermaid is drawn by many forges and editors; as markdown the diagram is fenced for them.",
  examples: [
    { command: "chancery graph config/ --fleet edge", what: "one fleet" },
    { command: "chancery graph config/ --format markdown > routes.md", what: "a page that forges draw" },
  ],
  options: {
    fleet: { type: "string", multiple: true, value: "NAME", help: "Only this fleet; may be given several times" },
    endpoints: { type: "string", default: "8", value: "NUMBER", help: "How many endpoints of a service are drawn" },
    format: { type: "string", default: "mermaid", value: "mermaid|markdown", help: "How to write it" },
  },
  exitCodes: [
    ["0", "Drawn"],
    ["1", "There are errors: what is good is drawn nevertheless; or there is no such fleet"],
    ["2", "The arguments are wrong"],
  ],
  async run({ values, positionals }, io) {
    const format = oneOf("format", values.format, ["mermaid", "markdown"]);
    const maxEndpoints = Number(values.endpoints);
    if (!Number.isSafeInteger(maxEndpoints) || maxEndpoints < 0) {
      throw new UsageError(`Cannot read --endpoints "${values.endpoints}": write a whole number, such as 8`);
    }
    const { model, problems } = await load(positionals, io);
    const hasErrors = writeProblems(problems, io);
    for (const name of values.fleet) {
      if (model.fleets.has(name)) continue;
      const names = [...model.fleets.keys()].join(", ") || "none";
      throw new ChanceryError("no-fleet", `There is no fleet "${name}"; there are ${names}`);
    }
    const fleets = values.fleet.length > 0 ? { fleets: values.fleet } : {};
    const graph = toGraph(model, { ...fleets, maxEndpoints });
    io.stdout.write(format === "mermaid" ? graph : `\`\`\`mermaid\n${graph}\`\`\`\n`);
    return hasErrors ? 1 : 0;
  },
});
