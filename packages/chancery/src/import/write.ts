import type { Node, Pair, YAMLMap, YAMLSeq } from "yaml";
import { yaml } from "../lazy.ts";
import type { Imported } from "./import.ts";

/** Parts of one line at most this long are written on one. */
const maxLine = 100;

/** The model as YAML for a person: short things on one line, and above all what the person should know. */
export function toConfigText({ config, notes }: Pick<Imported, "config" | "notes">, origin: string): string {
  const { Document, isCollection, isMap, isScalar } = yaml();
  const document = new Document(config, { aliasDuplicateObjects: false });
  const shorten = (node: Node | null, depth: number): void => {
    if (!isCollection(node)) return;
    const items: readonly unknown[] = node.items;
    for (const item of items)
      shorten((isMap(node) ? (item as Pair<Node, Node>).value : item) as Node | null, depth + 1);
    // Kinds, and objects by name, stand below each other.
    if (depth < 3) return;
    const values = items.map((item) => (isMap(node) ? (item as Pair<Node, Node>).value : item));
    const isShort = values.every((value) => (isCollection(value) ? value.flow === true : isOneLine(value)));
    if (isShort && textOf(node) + depth * 2 <= maxLine) node.flow = true;
  };
  const isOneLine = (value: unknown) => !isScalar(value) || !String(value.value).includes("\n");
  shorten(document.contents as YAMLMap | YAMLSeq | null, 0);
  const comments = [`Imported from ${origin}.`, ...notes.map(({ path, message }) => `${path}: ${message}`)];
  document.commentBefore = comments.map((line) => ` ${line.replaceAll(/\s+/g, " ")}`).join("\n");
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function textOf(node: YAMLMap | YAMLSeq): number {
  return JSON.stringify(node).length;
}
