import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatProblem } from "@chancery/envoy-api";
import type { Diff } from "../compare/diff.ts";
import { isSystemError } from "../errors.ts";
import { fleetOf } from "../fleets/fleet-of.ts";
import { strangerWith } from "../fleets/stranger.ts";
import { mapObjects } from "../import/canonical.ts";
import { differencesOf } from "../import/compare.ts";
import { importBootstrap } from "../import/import.ts";
import { withNamesOf } from "../import/pair.ts";
import { type Comparable, toComparable } from "../import/static.ts";
import { toResources } from "../import/translate.ts";
import type { Outcome } from "../outcome.ts";
import type { Alone } from "./alone.ts";
import { UsageError } from "./command.ts";

/** One side of a comparison: an Envoy's own file, or a model. */
export interface ComparedSide {
  readonly path: string;
  readonly outcome: Outcome;
  readonly alone: readonly Alone[];
}

/**
 * Compares two sides of which one at least is an Envoy's own file, by what they mean: names of listeners and routes count
 * for nothing, nor does whether a default is said, or where routes, endpoints and certificates stand.
 */
export function diffAlone(a: ComparedSide, b: ComparedSide, cwd: string): Diff {
  const [before, after] = [toSubject(a, b), toSubject(b, a)];
  const [one, other] = [withContents(before.resources, cwd), withContents(after.resources, cwd)];
  const resources = differencesOf(withNamesOf(other, one), other);
  const { name } = a.alone.length === 0 ? before : after;
  return { objects: [], groups: resources.length === 0 ? [] : [{ kind: "fleet", name, change: "changed", resources }] };
}

interface Subject {
  readonly name: string;
  readonly resources: Comparable;
}

function toSubject(side: ComparedSide, other: ComparedSide): Subject {
  const [own, ...others] = side.alone;
  if (others.length > 0) throw new UsageError(`"${side.path}" has the files of several Envoys: name one of them`);
  if (own === undefined) return toFleet(side, other);
  const imported = importBootstrap(own.content);
  if (!imported.ok) {
    const [problem] = imported.problems;
    throw new UsageError(`Cannot compare "${side.path}": ${problem === undefined ? "" : formatProblem(problem)}`);
  }
  return { name: own.name, resources: imported.expected };
}

function toFleet({ path, outcome }: ComparedSide, other: ComparedSide): Subject {
  const { fleets } = outcome.translation;
  const [own] = other.alone;
  const [name, ...others] = fleets.keys();
  const chosen =
    others.length === 0 ? name : own && fleetOf(outcome.model.fleets, strangerWith(own.nodeId, own.nodeCluster))?.name;
  const fleet = chosen === undefined ? undefined : fleets.get(chosen);
  if (fleet === undefined || chosen === undefined) {
    const why = name === undefined ? "has no fleet" : `has several fleets, none of which is for the node`;
    throw new UsageError(`"${path}" ${why}, so there is nothing to compare with "${other.path}"`);
  }
  return { name: chosen, resources: toComparable(toResources(fleet)) };
}

/** With the contents of certificates in the place of their files: a model has these, and its patches may name files. */
function withContents(resources: Comparable, cwd: string): Comparable {
  const entries = [...resources].map(([key, resource]): [string, unknown] => [
    key,
    mapObjects(resource, (object, field) => {
      const { filename } = object;
      const text = fields.has(field) && typeof filename === "string" ? readText(resolve(cwd, filename)) : undefined;
      return text === undefined ? object : { inline_string: text };
    }),
  ]);
  return new Map(entries);
}

const fields = new Set(["certificate_chain", "private_key", "trusted_ca", "crl"]);

/** What is in a file; one that cannot be read differs from what the model has. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}
