import { parseArgs } from "node:util";
import { type Case, caseKey } from "./case.ts";
import type { Profile } from "./contenders.ts";
import { curveCases } from "./curves.ts";
import { type Goal, goals, subjectOf } from "./goals.ts";
import { type Size, scenarioNamed, scenarios, type Variant, variants } from "./scenarios.ts";

export type Format = "table" | "markdown" | "json";

const commands = ["compare", "goals", "curves"] as const;
export type Command = (typeof commands)[number];

export interface Arguments {
  /** What is made of the cases: a report of all their figures, of the goals alone, or pictures. */
  readonly command: Command;
  readonly cases: readonly Case[];
  /** The goals to report on. */
  readonly goals: readonly Goal[];
  readonly rounds: number;
  readonly format: Format;
  /** What to profile our server for, alone, rather than to compare. */
  readonly profile: Profile["kind"] | undefined;
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
  heap: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** Reads the command line; a mistake in it is a TypeError that says what would be right. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const { quick, help } = values;
  const profile = values.heap ? "heap" : values.profile ? "cpu" : undefined;
  const command = commands.find((name) => name === positionals[0]) ?? "compare";
  const { rounds = quick || profile !== undefined || command === "curves" ? "1" : "3" } = values;
  const names = positionals.slice(command === "compare" ? 0 : 1);
  const format = values.json ? "json" : values.markdown ? "markdown" : "table";
  const chosen = command === "goals" ? toGoals(names, values) : [];
  return {
    command,
    cases: command === "goals" ? casesOf(chosen) : command === "curves" ? curveCases : toCases(names, values),
    goals: chosen,
    rounds: toCount("rounds", rounds),
    format,
    profile,
    help,
  };
}

function toCases(names: readonly string[], given: Given): readonly Case[] {
  const chosen = names.length === 0 ? scenarios : names.map((name) => choose(name, scenarioNames, scenarioNamed));
  const variants = toVariants(given.variant);
  return chosen.flatMap((scenario) => {
    const sizes = resize(given.quick ? (scenario.quick ?? scenario.sizes.slice(0, 1)) : scenario.sizes, given);
    const both = variants.filter((variant) => scenario.variants?.includes(variant) ?? true);
    return sizes.flatMap((size) => both.map((variant) => ({ scenario, variant, ...size })));
  });
}

function toGoals(names: readonly string[], given: Given): readonly Goal[] {
  const subjects = [...new Set(goals.map(subjectOf))];
  const chosen = names.length === 0 ? subjects : names.map((name) => choose(name, subjects, String));
  const variants = toVariants(given.variant);
  return goals.filter((goal) => {
    const { source } = goal;
    return chosen.includes(subjectOf(goal)) && !("variant" in source && !variants.includes(source.variant));
  });
}

/** What has to run for the goals, each case once. */
function casesOf(chosen: readonly Goal[]): readonly Case[] {
  const cases = chosen.flatMap(({ source }) => ("scenario" in source ? [source] : []));
  return [...new Map(cases.map((of) => [caseKey(of), of])).values()];
}

export function usage(): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  return [
    "npm run bench -- [goals|curves] [SCENARIO…] [OPTIONS]",
    "",
    "Compares Chancery with go-control-plane: the same load on both in turn, medians of several rounds.",
    "",
    ...scenarios.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`),
    "",
    "  goals                The goals that were set, with the figures that they are about, and whether they are met",
    "  curves               How the figures grow with N and K, drawn into docs/img",
    "",
    "  --n LIST, --k LIST   Streams, and resources of each type, instead of the scenario's: 100,1000",
    "  --variant VARIANT    sotw or delta; both by default",
    "  --rounds COUNT       Rounds of each case; 3 by default",
    "  --quick              One round of each scenario's first size: about a minute and a half",
    "  --json, --markdown   Print that rather than a table",
    "  --profile            Run our server alone and write its CPU profiles to bench/results",
    "  --heap               The same for profiles of what it allocates and keeps",
  ].join("\n");
}

interface Given {
  readonly n?: string;
  readonly k?: string;
  readonly variant?: string;
  readonly quick: boolean;
}

const scenarioNames = scenarios.map(({ name }) => name);

function choose<T>(name: string, known: readonly string[], find: (name: string) => T): T {
  if (known.includes(name)) return find(name);
  throw new TypeError(`Cannot run "${name}": the scenarios are ${known.join(", ")}`);
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
