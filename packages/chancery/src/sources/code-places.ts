import { stripTypeScriptTypes } from "node:module";
import { type ArrayExpression, type Node, type ObjectExpression, type Property, parse } from "acorn";
import type { Position } from "../documents/document.ts";
import { join } from "../model/join.ts";
import { kindKeys } from "../model/model.ts";
import { withoutWarnings } from "../without-warnings.ts";

/** Places in code, by paths such as `routes.shop.rules.api`. */
export type CodePlaces = Readonly<Record<string, Position>>;

/**
 * Finds where code says objects of the model as literals: those of a name that stand in one place alone, where nothing that
 * comes after them could take their place. What is computed has no place; neither has anything in code that cannot be read.
 */
export function placesInCode(code: string, { isTyped }: { readonly isTyped: boolean }): CodePlaces {
  const found = new Map<string, Position | undefined>();
  for (const { path, value } of sectionsIn(readCode(code, isTyped))) {
    for (const [place, position] of placesOf(value, path)) found.set(place, found.has(place) ? undefined : position);
  }
  // What is there twice may be either.
  return Object.fromEntries(
    [...found].flatMap(([path, position]) => (position === undefined ? [] : [[path, position]])),
  );
}

function readCode(code: string, isTyped: boolean): Node | undefined {
  try {
    // Spaces stand in the place of types.
    const text = isTyped ? withoutWarnings(() => stripTypeScriptTypes(code)) : code;
    return parse(text, { ecmaVersion: "latest", sourceType: "module", allowHashBang: true, locations: true });
  } catch {
    // Node reads more than this does, such as modules of the old kind; what runs is right all the same.
    return undefined;
  }
}

interface Section {
  readonly path: string;
  readonly value: ObjectExpression;
}

/** All objects that stand under the name of a kind: as a property, or as a variable. */
function* sectionsIn(node: Node | undefined): Generator<Section> {
  if (node === undefined) return;
  for (const { key, value } of namedIn(node)) {
    if (isObject(value) && kindKeys.some((kind) => kind === key)) yield { path: key, value };
  }
  for (const part of partsOf(node)) yield* sectionsIn(part);
}

function namedIn(node: Node): readonly { readonly key: string; readonly value: Node }[] {
  if (isObject(node)) return properties(node);
  if (node.type !== "VariableDeclarator") return [];
  const { id, init } = node as Node & { readonly id: Node & { readonly name?: string }; readonly init?: Node | null };
  return id.name === undefined || init == null ? [] : [{ key: id.name, value: init }];
}

function* placesOf(value: Node, path: string): Generator<readonly [path: string, position: Position]> {
  if (isObject(value)) {
    for (const { key, value: part, at } of properties(value)) {
      const place = join(path, key);
      yield [place, { line: at.loc?.start.line ?? 1, column: (at.loc?.start.column ?? 0) + 1 }];
      yield* placesOf(part, place);
    }
  } else if (isArray(value)) {
    for (const [index, item] of value.elements.entries()) {
      // How many items come before the others is not known any more.
      if (item === null || item.type === "SpreadElement") return;
      const place = join(path, index);
      yield [place, { line: item.loc?.start.line ?? 1, column: (item.loc?.start.column ?? 0) + 1 }];
      yield* placesOf(item, place);
    }
  }
}

interface Named {
  readonly key: string;
  readonly value: Node;
  readonly at: Node;
}

/** The properties of an object whose names are written out, and that nothing after them replaces. */
function properties({ properties: all }: ObjectExpression): readonly Named[] {
  const last = all.findLastIndex((property) => property.type === "SpreadElement" || property.computed);
  return all.slice(last + 1).flatMap((property) => {
    const key = property.type === "Property" ? nameOf(property) : undefined;
    // Both have been looked for: it is a property, and has a name.
    return key === undefined ? [] : [{ key, value: (property as Property).value, at: (property as Property).key }];
  });
}

function nameOf({ key }: Property): string | undefined {
  if (key.type === "Identifier") return key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}

function isObject(node: Node): node is ObjectExpression {
  return node.type === "ObjectExpression";
}

function isArray(node: Node): node is ArrayExpression {
  return node.type === "ArrayExpression";
}

/** The nodes that a node is made of. */
function partsOf(node: Node): readonly Node[] {
  return Object.values(node).flat().filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
