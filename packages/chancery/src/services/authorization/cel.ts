import type { CelEnv, CelInput } from "@bufbuild/cel";
import { cel } from "../../lazy.ts";
import type { Facts } from "./facts.ts";
import { type Finding, type Met, unmet } from "./finding.ts";
import type { Check } from "./requirement.ts";

/** What an expression may have of one kind within another: each goes through all that the one around it goes through. */
const maxDepth = 2;
const maxNodes = 500;

/** What there is to look at, with the fields of those that have fields. */
const variables: Readonly<Record<string, readonly string[] | undefined>> = {
  request: ["method", "scheme", "host", "path", "query", "headers", "size", "id"],
  source: ["ip", "principal"],
  context: undefined,
  claims: undefined,
  user: undefined,
  sni: undefined,
};

/** Says why a text is no expression that can be used; undefined if it is one. */
export function checkExpression(text: string): string | undefined {
  try {
    const { expr } = cel().parse(text);
    const walk: Walk = { nodes: 0, problem: undefined };
    look(expr, walk, { names: new Set(Object.keys(variables)), depth: 0 });
    if (walk.problem !== undefined) return walk.problem;
    return walk.nodes > maxNodes ? `it has ${walk.nodes} parts, and ${maxNodes} are the most` : checkKind(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Compiles an expression of Common Expression Language that has to be true. https://cel.dev */
export function toExpression(text: string): Check {
  const evaluate = planned(text);
  return (facts, before): Finding => {
    const result = evaluate(toInput(facts, before));
    if (result === true) return { met: true, reason: `the expression ${text} is true` };
    if (result === false) return unmet(403, `the expression ${text} is false`);
    const why = cel().isCelError(result) ? result.message : `it is no truth value but ${String(result)}`;
    return unmet(403, `the expression ${text} cannot be used: ${why}`);
  };
}

let environment: CelEnv | undefined;

function planned(text: string): (input: Readonly<Record<string, CelInput>>) => unknown {
  const { celEnv, parse, plan } = cel();
  environment ??= celEnv();
  return plan(environment, parse(text));
}

/** Finds functions that there are none of, and constants that are no truth values, by trying it on an empty request. */
function checkKind(text: string): string | undefined {
  const facts: Facts = { http: undefined, ip: "", principal: "", sni: "", contextExtensions: new Map() };
  const result = planned(text)(toInput(facts, { met: true, reason: "" }));
  if (cel().isCelError(result))
    return /unbound function|regexp|no matching overload/.test(result.message) ? result.message : undefined;
  return typeof result === "boolean" ? undefined : "it would have to be true or false";
}

function toInput(
  { http, ip, principal, sni, contextExtensions }: Facts,
  { claims, subject }: Met,
): Record<string, CelInput> {
  return {
    request: {
      ...{ method: http?.method ?? "", scheme: http?.scheme ?? "", host: http?.host ?? "", path: http?.path ?? "" },
      ...{ query: http?.query ?? "", size: BigInt(http?.size ?? -1), id: http?.id ?? "" },
      headers: Object.fromEntries([...(http?.headers ?? [])].map(([name, values]) => [name, [...values]])),
    },
    source: { ip, principal },
    context: Object.fromEntries(contextExtensions),
    // What JSON has, which is what an expression can take.
    claims: (claims ?? {}) as Record<string, CelInput>,
    user: subject ?? "",
    sni,
  };
}

interface Walk {
  nodes: number;
  problem: string | undefined;
}

interface Scope {
  readonly names: ReadonlySet<string>;
  readonly depth: number;
}

/** Goes through the parts of a parsed expression: `cel.expr.Expr`. */
function look(node: unknown, walk: Walk, scope: Scope): void {
  if (typeof node !== "object" || node === null || walk.problem !== undefined) return;
  if (Array.isArray(node)) {
    for (const item of node) look(item, walk, scope);
    return;
  }
  const { exprKind } = node as { exprKind?: { case?: string; value?: unknown } }; // its own fields are looked at below
  if (exprKind === undefined) {
    for (const member of Object.values(node)) look(member, walk, scope);
    return;
  }
  walk.nodes++;
  walk.problem ??= problemOf(exprKind, scope);
  look(exprKind.value, walk, exprKind.case === "comprehensionExpr" ? within(exprKind.value, scope, walk) : scope);
}

/** The kinds of parts that have to be looked at more closely. */
interface Part {
  readonly name?: string;
  readonly field?: string;
  readonly operand?: { readonly exprKind?: { readonly value?: { readonly name?: string } } };
}

function problemOf(exprKind: { case?: string; value?: unknown }, { names }: Scope): string | undefined {
  const { name = "", field = "", operand } = (exprKind.value ?? {}) as Part; // each field of it may be missing
  if (exprKind.case === "identExpr" && !names.has(name)) {
    return `there is no "${name}"; there are ${Object.keys(variables).join(", ")}`;
  }
  const owner = operand?.exprKind?.value?.name ?? "";
  const fields = Object.hasOwn(variables, owner) ? variables[owner] : undefined;
  if (exprKind.case !== "selectExpr" || fields === undefined || fields.includes(field)) return undefined;
  return `"${owner}" has no "${field}"; it has ${fields.join(", ")}`;
}

function within(value: unknown, { names, depth }: Scope, walk: Walk): Scope {
  const {
    iterVar = "",
    iterVar2 = "",
    accuVar = "",
  } = value as Record<"iterVar" | "iterVar2" | "accuVar", string | undefined>;
  if (depth >= maxDepth) walk.problem ??= `it goes through lists within lists more than ${maxDepth} deep`;
  return { names: new Set([...names, iterVar, iterVar2, accuVar]), depth: depth + 1 };
}
