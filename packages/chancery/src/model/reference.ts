import { type JsonSchema, kindSchema } from "./json-schema.ts";
import { kinds } from "./kinds.ts";

/** The reference of all kinds as Markdown: a table of fields for each, made from the schemas. */
export function toReference(): string {
  const sections = kinds.map((kind) => {
    const rows = rowsOf(kindSchema(kind), "").map(
      ({ path, type, about }) => `| \`${path}\` | ${cell(type)} | ${cell(about)} |`,
    );
    const heading = `## ${kind.key}\n\n${kind.what}.`;
    return [heading, ["| field | value | meaning |", "| --- | --- | --- |", ...rows].join("\n")].join("\n\n");
  });
  return `${[intro, ...sections].join("\n\n")}\n`;
}

const intro = `# The model, field by field

Each kind is a key of a document, with objects by name below it. \`NAME\` stands for a
name that you choose, \`[]\` for each item of a list; where a list is meant, one item may stand for a list of one.`;

interface Row {
  readonly path: string;
  readonly type: string;
  readonly about: string;
}

/** The fields of an object, and those below them. */
function rowsOf(schema: JsonSchema, path: string): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const object of objectsIn(schema)) {
    for (const [key, value] of Object.entries(object.properties ?? {})) {
      const place = path === "" ? key : `${path}.${key}`;
      const isNeeded = object.required?.includes(key) ?? false;
      const row = { path: place, type: `${typeOf(value)}${isNeeded ? " (needed)" : ""}`, about: aboutOf(value) };
      if (!rows.has(place)) rows.set(place, row);
      for (const inner of rowsBelow(value, place)) if (!rows.has(inner.path)) rows.set(inner.path, inner);
    }
  }
  return [...rows.values()];
}

function rowsBelow(schema: JsonSchema, path: string): readonly Row[] {
  const lists = membersOf(schema).flatMap(({ items }) => items ?? []);
  const maps = membersOf(schema).flatMap(({ additionalProperties }) =>
    typeof additionalProperties === "object" ? additionalProperties : [],
  );
  if (lists.length > 0) return lists.flatMap((items) => rowsOf(items, `${path}[]`));
  if (maps.length > 0) return maps.flatMap((values) => rowsOf(values, `${path}.NAME`));
  return rowsOf(schema, path);
}

function objectsIn(schema: JsonSchema): readonly JsonSchema[] {
  return membersOf(schema).filter(({ properties }) => properties !== undefined);
}

/** The members of a union, and of unions in it; the schema itself if it is none. */
function membersOf(schema: JsonSchema): readonly JsonSchema[] {
  const members = schema.anyOf ?? schema.oneOf;
  return members === undefined ? [schema] : members.flatMap(membersOf);
}

function typeOf(schema: JsonSchema): string {
  const members = membersOf(schema);
  const lists = members.filter(({ items }) => items !== undefined);
  // One item may stand for a list, which the introduction says once for all.
  const types = (lists.length > 0 ? lists : members).map(simpleType);
  return [...new Set(types)].join(" or ");
}

function simpleType(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.properties !== undefined) return "object";
  if (typeof schema.additionalProperties === "object") return `object of ${typeOf(schema.additionalProperties)}`;
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? ["anything"]);
  return types.map((type) => words[type] ?? type).join(" or ");
}

const words: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
};

function aboutOf(schema: JsonSchema): string {
  const text =
    schema.description ?? membersOf(schema).find(({ description }) => description !== undefined)?.description ?? "";
  const preset = schema.default;
  const parts = [text, ...(preset === undefined ? [] : [`Default: ${JSON.stringify(preset)}`])].filter(
    (part) => part !== "",
  );
  return parts.join(". ").replaceAll("..", ".");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
