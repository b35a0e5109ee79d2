import { parseArgs } from "node:util";
import { type Scenario, type Size, scenarios, type Variant, variants } from "./scenarios.ts";

export const formats = ["table", "markdown", "json"] as const;
export type Format = (typeof formats)[number];

/** One scenario at one size in one variant. */
export interface Case extends Size {
  readonly scenario: Scenario;
  readonly variant: Variant;
}

export interface Arguments {
  readonly cases: readonly Case[];
  readonly rounds: number;
  readonly format: Format;
  /** Whether to profile our server, alone, rather than to compare. */
  readonly profile: boolean;
  readonly help: boolean;
}

const options = {
  n: { type: "string" },
  k: { type: "string" },
  variant: { type: "string" },
  rounds: { type: "string" },
  quick: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  markdown: { type: "boolean", default: false },
  profile: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads the command line; a mistake in it is a TypeError that says what would be right. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const { quick, profile, help } = values;
  const { rounds = quick || profile ? "1" : "3" } = values;
  const chosen = positionals.length === 0 ? scenarios : positionals.map(toScenario);
  const cases = chosen.flatMap((scenario) => {
    const sizes = resize(quick ? (scenario.quick ?? scenario.sizes.slice(0, 1)) : scenario.sizes, values);
    return sizes.flatMap((size) => toVariants(values.variant).map((variant) => ({ scenario, variant, ...size })));
  });
  const format = values.json ? "json" : values.markdown ? "markdown" : "table";
  return { cases, rounds: toCount("rounds", rounds), format, profile, help };
}

export function usage(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return [
    "npm run bench -- [SCENARIO…] [OPTIONS]",
    "",
    "Compares Chancery with go-control-plane: the same load on both in turn, medians of several rounds.",
    "",
    ...scenarios.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`),
    "",
    "  --n LIST, --k LIST   Streams, and resources of each type, instead of the scenario's: 100,1000",
    "  --variant VARIANT    sotw or delta; both by default",
    "  --rounds COUNT       Rounds of each case; 3 by default",
    "  --quick              One round of each scenario's first size: about a minute and a half",
    "  --json, --markdown   Print that rather than a table",
    "  --profile            Run our server alone and write its CPU profiles to bench/results",
  ].join("\n");
}

function toScenario(name: string): Scenario {
  const scenario = scenarios.find((known) => known.name === name);
  if (scenario !== undefined) return scenario;
  throw new TypeError(`Cannot run "${name}": the scenarios are ${scenarios.map((known) => known.name).join(", ")}`);
}

/** The scenario's sizes, unless others are given: every combination of those. */
function resize(sizes: readonly Size[], given: { readonly n?: string; readonly k?: string }): readonly Size[] {
  const { n, k } = given;
  if (n === undefined && k === undefined) return sizes;
  const counts = (name: "n" | "k", list: string | undefined) =>
    list === undefined ? [...new Set(sizes.map((size) => size[name]))] : toCounts(name, list);
  const [streams, resources] = [counts("n", n), counts("k", k)];
  return streams.flatMap((n) => resources.map((k) => ({ n, k })));
}

function toVariants(text: string | undefined): readonly Variant[] {
  if (text === undefined) return variants;
  const variant = variants.find((known) => known === text);
  if (variant === undefined) throw new TypeError(`Cannot use --variant "${text}": write ${variants.join(" or ")}`);
  return [variant];
}

function toCounts(option: string, list: string): readonly number[] {
  return list.split(",").map((text) => toCount(option, text));
}

function toCount(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new TypeError(`Cannot read --${option} "${text}": write a number above 0`);
}
