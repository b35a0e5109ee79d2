import type { Statement, Verdict } from "@chancery/xds/testing";
import { type Address, formatAddress, parseAddress } from "../address.ts";
import { ChanceryError, isSystemError } from "../errors.ts";
import { escapeControls } from "../text-safety.ts";
import { defineCommand, UsageError, type Values } from "./command.ts";
import { formatTable } from "./table.ts";

const options = {
  target: {
    type: "string",
    value: "HOST:PORT",
    default: "127.0.0.1:18000",
    help: "Where the server speaks xDS (gRPC)",
  },
  http: { type: "string", value: "HOST:PORT", default: "127.0.0.1:18001", help: "Where it takes snapshots (HTTP)" },
  only: { type: "string", value: "P19,P2x", help: "Only statements with these numbers; x stands for any digit" },
  variant: { type: "string", value: "sotw|delta", help: "Only statements of this variant" },
  ours: { type: "boolean", help: "Also what Chancery has decided where the protocol leaves it open" },
  "quiet-ms": { type: "string", value: "MS", default: "150", help: "How long nothing has to come to be nothing" },
  format: { type: "string", value: "table|json", default: "table", help: "How to write it" },
} as const;

export const conformanceCommand = defineCommand({
  name: "conformance",
  summary: "Hold an xDS server, this or another, to the statements of the protocol",
  usage: "conformance [OPTIONS]",
  description:
    "Holds conversations with a server that speaks xDS over gRPC without TLS, and takes Envoy's resources as JSON by\n" +
    "PUT and DELETE /api/v1/snapshots/{node}. Each is for a node of its own, which is deleted when it is over. What the\n" +
    "server cannot be told is skipped. The exit code is 1 if a statement does not hold, or if none could be tried.",
  examples: [
    { command: "chancery conformance", what: "the server of this machine" },
    { command: "chancery conformance --target :18000 --http :18001 --only P19,P6x --variant delta", what: "a part" },
  ],
  options,
  async run({ values, positionals }, io) {
    if (positionals.length > 0) throw new UsageError(`Unknown argument "${positionals[0]}"`);
    const { format } = values;
    if (format !== "table" && format !== "json") {
      throw new UsageError(`Cannot write format "${format}": it would have to be table or json`);
    }
    const target = readAddress("target", values.target);
    const http = readAddress("http", values.http);
    const quietMs = readQuietMs(values["quiet-ms"]);
    const verdicts: Verdict[] = [];
    const { checkConformance, statements: all } = await import("@chancery/xds/testing");
    const statements = choose(all, values);
    try {
      for await (const verdict of checkConformance({ target, http, quietMs, statements })) {
        io.signal.throwIfAborted();
        verdicts.push(verdict);
      }
    } catch (error) {
      if (io.signal.aborted) return 1;
      throw unreachable(error, { target, http });
    }
    io.stdout.write(format === "json" ? toJson(verdicts) : toScorecard(verdicts));
    const counts = count(verdicts);
    return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
  },
});

function choose(all: readonly Statement[], { only, variant, ours }: Values<typeof options>): readonly Statement[] {
  if (variant !== undefined && variant !== "sotw" && variant !== "delta") {
    throw new UsageError(`Cannot use --variant "${variant}": it would have to be sotw or delta`);
  }
  const numbers = only?.split(",").map(readNumber);
  const chosen = all.filter(
    (statement) =>
      (ours || !statement.ours) &&
      (variant === undefined || statement.variant === variant) &&
      (numbers === undefined || statement.ids.some((id) => numbers.some((number) => number.test(id)))),
  );
  if (chosen.length === 0) throw new UsageError(`There is no conversation to hold for ${only ?? "these options"}`);
  return chosen;
}

function readNumber(text: string): RegExp {
  if (/^P[\dx]{1,2}$/i.test(text)) return new RegExp(`^${text.replaceAll(/x/gi, "\\d")}$`, "i");
  throw new UsageError(`Cannot use --only "${text}": write numbers of statements, such as P19 or P2x`);
}

function readAddress(option: string, text: string): Address {
  const address = parseAddress(text, { defaultHost: "127.0.0.1" });
  if (address !== undefined) return address;
  throw new UsageError(`Cannot read --${option} "${text}": write HOST:PORT, such as 127.0.0.1:18000`);
}

function readQuietMs(text: string): number {
  const ms = Number(text);
  if (text.trim() !== "" && ms >= 0 && ms <= 60_000) return ms;
  throw new UsageError(`Cannot read --quiet-ms "${text}": write milliseconds, such as 150`);
}

/** HTTP errors hide in the cause of what fetch throws; all others are of the gRPC connection. */
function unreachable(error: unknown, { target, http }: { target: Address; http: Address }): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  const [system, what, address] = isSystemError(cause) ? [cause, "--http", http] : [error, "--target", target];
  if (!isSystemError(system)) return error;
  const message = `Cannot reach a server at "${formatAddress(address)}": ${system.message}; say where it is with ${what} HOST:PORT`;
  return new ChanceryError("unreachable", message, { cause: error });
}

const outcomes = { pass: "pass", fail: "FAIL", skip: "skipped" } as const;

function toScorecard(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ statement: { ids, variant, title, ours }, outcome, why }) => [
    ids.join(" ") || "-",
    variant,
    ours ? `${title} (ours)` : title,
    why === "" ? outcomes[outcome] : `${outcomes[outcome]}: ${escapeControls(why)}`,
  ]);
  const { passed, failed, skipped } = count(verdicts);
  const sum = `${passed} of ${passed + failed} conversations hold, ${skipped} skipped\n`;
  return `${formatTable([["STATEMENT", "VARIANT", "THE SERVER", "OUTCOME"], ...rows])}\n${sum}`;
}

function toJson(verdicts: readonly Verdict[]): string {
  const results = verdicts.map(({ statement: { ids, variant, title, ours }, outcome, why }) => {
    return { ids, variant, title, ours, outcome, why };
  });
  return `${JSON.stringify({ ...count(verdicts), statements: results }, undefined, 2)}\n`;
}

function count(verdicts: readonly Verdict[]): { passed: number; failed: number; skipped: number } {
  const number = (wanted: Verdict["outcome"]) => verdicts.filter(({ outcome }) => outcome === wanted).length;
  return { passed: number("pass"), failed: number("fail"), skipped: number("skip") };
}
