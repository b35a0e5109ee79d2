import { isAbsolute, resolve } from "node:path";
import { resourceTypes, snapshotToJson } from "@chancery/xds";
import { parseAddress } from "../address.ts";
import { ChanceryError } from "../errors.ts";
import { yaml } from "../lazy.ts";
import { locateItems } from "../model/locate.ts";
import type { ItemProblem } from "../model/model.ts";
import type { Outcome } from "../outcome.ts";
import { toFilesystem } from "../translate/filesystem.ts";
import { type StaticOptions, toStaticBootstrap } from "../translate/static-bootstrap.ts";
import type { FleetTranslation } from "../translate/translator.ts";
import { defineCommand, type Io, UsageError } from "./command.ts";
import { load } from "./load.ts";
import { oneOf } from "./one-of.ts";
import { writeProblems } from "./problems.ts";
import { bootstrapToText, hidesSecrets } from "./translate/bootstrap-text.ts";
import { writeFileAtOnce, writeFolder } from "./translate/write.ts";

const types = resourceTypes.map(({ key }) => key);

export const translateCommand = defineCommand({
  name: "translate",
  summary: "Write what the model is translated to: Envoy's resources, for a control plane or without one",
  usage: "translate PATH… [OPTIONS]",
  description:
    "Without --static or --filesystem, shows the resources of each fleet. --static writes the configuration of an Envoy " +
    "that runs by itself; --filesystem writes a folder that Envoys watch: when it is written again, running Envoys take " +
    "what changed. Secrets are shown only with --show-secrets; files that are written have them, for their owner alone " +
    "(mode 600).",
  examples: [
    { command: "chancery translate config/ --fleet edge --type listeners", what: "the listeners of a fleet" },
    {
      command: "chancery translate config/ --static --admin 127.0.0.1:9901 -o envoy.yaml",
      what: "run it with envoy -c envoy.yaml",
    },
    {
      command: "chancery translate config/ --filesystem /etc/envoy/edge",
      what: "run it with envoy -c /etc/envoy/edge/bootstrap.yaml",
    },
  ],
  options: {
    fleet: {
      type: "string",
      value: "NAME",
      help: "Only this fleet; with --static and --filesystem, unless there is one",
    },
    type: { type: "string", multiple: true, value: "TYPE", help: `Only resources of this type: ${types.join(", ")}` },
    format: { type: "string", default: "yaml", value: "yaml|json", help: "How to write it" },
    "show-secrets": { type: "boolean", help: "Show private keys and other secrets" },
    static: { type: "boolean", help: "Write the configuration of an Envoy without a control plane" },
    output: { type: "string", short: "o", value: "FILE", help: "With --static: the file to write, secrets included" },
    filesystem: { type: "string", value: "DIR", help: "Write a folder for Envoy's file subscriptions" },
    "mounted-at": {
      type: "string",
      value: "PATH",
      help: "With --filesystem: where Envoy sees the folder, if elsewhere",
    },
    node: {
      type: "string",
      value: "ID",
      help: "The node id, with --static and --filesystem; the fleet's name by default",
    },
    admin: { type: "string", value: "HOST:PORT", help: "Where Envoy's admin interface listens; none by default" },
    "control-plane": {
      type: "string",
      value: "HOST:PORT",
      help: "Keep what is sent to a control plane, such as access logs, and send it there",
    },
  },
  exitCodes: [
    ["0", "Done; what has only warnings is good"],
    ["1", "There are errors: what is good is written nevertheless, except with --static and --filesystem"],
    ["2", "The arguments are wrong"],
  ],
  async run({ values, positionals }, io) {
    checkOptions(values);
    const format = oneOf("format", values.format, ["yaml", "json"]);
    const only = values.type.map((type) => oneOf("type", type, types));
    const outcome = await load(positionals, io);
    const hasErrors = writeProblems(outcome.problems, io);
    const { filesystem, fleet: name } = values;
    if (!values.static && filesystem === undefined) {
      const shown = show(fleetsOf(outcome, name), { only, redact: !values["show-secrets"] });
      io.stdout.write(format === "json" ? `${JSON.stringify(shown, undefined, 2)}\n` : toYaml(shown));
      return hasErrors ? 1 : 0;
    }
    const fleet = oneFleet(outcome, name);
    if (hasErrors) throw new ChanceryError("bad-configuration", "Nothing is written: mend the errors first");
    const about: StaticOptions = {
      nodeId: values.node,
      admin: readAddress("admin", values.admin),
      controlPlane: readAddress("control-plane", values["control-plane"]),
    };
    if (filesystem !== undefined)
      return exportFolder(fleet, { about, outcome, filesystem, mountedAt: values["mounted-at"] }, io);
    const { output, "show-secrets": showSecrets } = values;
    return exportStatic(fleet, { about, outcome, format, output, showSecrets }, io);
  },
});

interface Flags {
  readonly static: boolean;
  readonly filesystem: string | undefined;
  readonly output: string | undefined;
  readonly "mounted-at": string | undefined;
  readonly "control-plane": string | undefined;
  readonly node: string | undefined;
  readonly admin: string | undefined;
  readonly type: readonly string[];
}

/** Throws a UsageError for options that do nothing beside each other. */
function checkOptions(flags: Flags): void {
  const { static: isStatic, filesystem } = flags;
  if (isStatic && filesystem !== undefined) throw new UsageError("--static and --filesystem do not go together");
  if (!isStatic && flags.output !== undefined) throw new UsageError("--output goes with --static");
  if (filesystem === undefined && flags["mounted-at"] !== undefined) {
    throw new UsageError("--mounted-at goes with --filesystem");
  }
  const exports = isStatic || filesystem !== undefined;
  for (const name of ["node", "admin", "control-plane"] as const) {
    if (!exports && flags[name] !== undefined) throw new UsageError(`--${name} goes with --static or --filesystem`);
  }
  if (exports && flags.type.length > 0)
    throw new UsageError("--type shows a part, and an Envoy needs all: leave it out");
}

function fleetsOf({ translation: { fleets } }: Outcome, name: string | undefined): readonly FleetTranslation[] {
  if (name === undefined) return [...fleets.values()];
  const fleet = fleets.get(name);
  if (fleet !== undefined) return [fleet];
  throw new ChanceryError(
    "no-fleet",
    `There is no fleet "${name}"; there are ${[...fleets.keys()].join(", ") || "none"}`,
  );
}

function oneFleet(outcome: Outcome, name: string | undefined): FleetTranslation {
  const [fleet, ...others] = fleetsOf(outcome, name);
  if (fleet === undefined) throw new ChanceryError("no-fleet", "There is no fleet: an Envoy gets what its fleet says");
  if (others.length === 0) return fleet;
  const names = [fleet, ...others].map((each) => each.fleet.name);
  throw new UsageError(`Which fleet? There are ${names.join(", ")}: --fleet NAME`);
}

interface ShowOptions {
  readonly only: readonly string[];
  readonly redact: boolean;
}

/** By fleet and type. */
function show(fleets: readonly FleetTranslation[], { only, redact }: ShowOptions): object {
  return Object.fromEntries(
    fleets.map(({ fleet, snapshot }) => {
      const { resources } = snapshotToJson(snapshot, { redact });
      const shown = Object.entries(resources).filter(([type]) => only.length === 0 || only.includes(type));
      return [fleet.name, Object.fromEntries(shown)];
    }),
  );
}

function toYaml(value: object): string {
  return yaml().stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

interface ExportOptions {
  readonly about: StaticOptions;
  readonly outcome: Outcome;
  readonly format: "yaml" | "json";
  readonly output: string | undefined;
  readonly showSecrets: boolean;
}

async function exportStatic(fleet: FleetTranslation, options: ExportOptions, io: Io): Promise<number> {
  const { about, outcome, format, output, showSecrets } = options;
  const { bootstrap, problems } = toStaticBootstrap(fleet, about);
  requireComplete(problems, outcome, io);
  if (output === undefined) {
    const redact = !showSecrets;
    if (redact && hidesSecrets(bootstrap))
      io.stderr.write("Secrets are left out; --output FILE or --show-secrets has them\n");
    io.stdout.write(bootstrapToText(bootstrap, { format, redact }));
    return 0;
  }
  const text = bootstrapToText(bootstrap, { format, redact: false });
  await writeFileAtOnce(resolve(io.cwd, output), { text, secret: hidesSecrets(bootstrap) });
  return 0;
}

interface FolderOptions {
  readonly about: StaticOptions;
  readonly outcome: Outcome;
  readonly filesystem: string;
  readonly mountedAt: string | undefined;
}

async function exportFolder(fleet: FleetTranslation, options: FolderOptions, io: Io): Promise<number> {
  const { about, outcome, filesystem, mountedAt } = options;
  if (mountedAt !== undefined && !isAbsolute(mountedAt)) {
    throw new UsageError(`Cannot use --mounted-at "${mountedAt}": write an absolute path`);
  }
  const folder = resolve(io.cwd, filesystem);
  const { bootstrap, files, problems } = toFilesystem(fleet, { ...about, root: mountedAt ?? folder });
  requireComplete(problems, outcome, io);
  const written = await writeFolder(folder, {
    bootstrap: bootstrapToText(bootstrap, { format: "yaml", redact: false }),
    files: files.map(({ path, content, secret }) => ({ path, text: toYaml11(content), secret })),
  });
  io.stderr.write(
    written ? `Wrote ${files.length} files to "${filesystem}"\n` : `Nothing changed in "${filesystem}"\n`,
  );
  return 0;
}

/** Envoy reads YAML 1.1, in which `yes` is no text. */
function toYaml11(content: object): string {
  return yaml().stringify(content, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}

/** Throws a ChanceryError if an Envoy could not run without what is left out. */
function requireComplete(problems: readonly ItemProblem[], { model }: Outcome, io: Io): void {
  if (!writeProblems(locateItems(model, problems), io)) return;
  throw new ChanceryError("needs-control-plane", "Nothing is written: it would not run without a control plane");
}

function readAddress(option: string, text: string | undefined) {
  if (text === undefined) return undefined;
  const address = parseAddress(text, { defaultHost: "127.0.0.1" });
  if (address !== undefined) return address;
  throw new UsageError(`Cannot read --${option} "${text}": write HOST:PORT, such as 127.0.0.1:9901`);
}
