import { type JsonSchema, kindSchema } from "./json-schema.ts";
import { kinds } from "./kinds.ts";

/** The reference of all kinds as Markdown: a table of fields for each, made from the schemas. */
export function toReference(): string {
  const sections = kinds.map((kind) => {
    const all = rowsOf(kindSchema(kind), "");
    const rows = withoutRepeated(all, kind.parts?.key).map((row) => {
      const type = `${toText(row.types)}${row.isNeeded ? " (needed)" : ""}`;
      return `| \`${row.path}\` | ${cell(type)} | ${cell(meaningOf(row))} |`;
    });
    const short = `A ${kind.singular} of a single ${kind.parts?.singular} may have its fields in the place of \`${kind.parts?.key}\`.`;
    const heading = `## ${kind.key}\n\n${kind.what}.${rows.length < all.length ? ` ${short}` : ""}`;
    return [heading, ["| field | value | meaning |", "| --- | --- | --- |", ...rows].join("\n")].join("\n\n");
  });
  return `${[intro, ...sections].join("\n\n")}\n`;
}

const intro = `# The model, field by field

Each kind is a key of a document, with objects by name below it. \`NAME\` stands for a
name that you choose, \`[]\` for each item of a list; where a list is meant, one item may stand for a list of one. Keys that
begin with \`x-\` are left alone: what several objects have in common may stand there once, with an anchor of YAML
(\`x-limits: &limits { … }\`), and be used with \`*limits\`, or in an object with \`<<: *limits\`.`;

/** Without the fields of a part that the object may have itself instead: they are said with the part. */
function withoutRepeated(rows: readonly Row[], part: string | undefined): readonly Row[] {
  const byPath = new Map(rows.map((row) => [row.path, row]));
  const isRepeated = ({ path, only }: Row) => only !== undefined && byPath.has(`${part}.NAME.${path}`);
  const repeated = new Set(rows.filter(isRepeated).map(({ path }) => path));
  return rows.filter(({ path }) => ![path, ...parentsOf(path)].some((place) => repeated.has(place)));
}

interface Row {
  readonly path: string;
  readonly types: readonly string[];
  readonly isNeeded: boolean;
  readonly about: string;
  readonly preset?: unknown;
  /** Of several forms that an object may have, those that this field belongs to, such as `kind ca`; all, if left out. */
  readonly forms?: readonly string[] | undefined;
  /** The same in the end, with the field that tells the forms apart. */
  readonly only?: string;
}

/** The fields of an object, and those below them. Of an object that has several forms, the fields of all. */
function rowsOf(schema: JsonSchema, path: string): readonly Row[] {
  const forms = membersOf(schema).filter(({ properties }) => properties !== undefined);
  const key = tellingKey(forms);
  const rows = new Map<string, { readonly row: Row; readonly count: number }>();
  for (const form of forms) {
    const own = { ...(key !== undefined && { forms: valuesOf(form.properties?.[key]) }) };
    for (const row of rowsOfForm(form, path)) {
      const known = rows.get(row.path);
      const same = known === undefined ? { ...own, ...row } : toOne(known.row, { ...own, ...row });
      rows.set(row.path, { row: same, count: (known?.count ?? 0) + 1 });
    }
  }
  const isLimited = (place: string) => (rows.get(place)?.count ?? forms.length) < forms.length;
  return [...rows.values()].map(({ row }) => {
    const { forms: own, ...everywhere } = row;
    // What belongs to it is said with the field that it stands in.
    if (!isLimited(row.path) || parentsOf(row.path).some(isLimited)) return everywhere;
    return { ...everywhere, isNeeded: false, ...(own && { only: `${key}: ${own.join(", ")}` }) };
  });
}

/** The places that a place is within, such as `a[]` and `a` of `a[].b`. */
function parentsOf(place: string): readonly string[] {
  return [...place.matchAll(/\[\]|\./g)].flatMap(({ index }) => [place.slice(0, index), place.slice(0, index + 2)]);
}

function rowsOfForm(form: JsonSchema, path: string): readonly Row[] {
  return Object.entries(form.properties ?? {}).flatMap(([key, value]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const isNeeded = form.required?.includes(key) ?? false;
    const row = { path: place, types: typesOf(value), isNeeded, about: describe(value), preset: value.default };
    return [row, ...rowsBelow(value, place)];
  });
}

function toOne(a: Row, b: Row): Row {
  return {
    path: a.path,
    types: [...new Set([...a.types, ...b.types])],
    isNeeded: a.isNeeded && b.isNeeded,
    about: [...new Set([a.about, b.about])].filter((text) => text !== "").join(". "),
    preset: a.preset ?? b.preset,
    forms: a.forms && b.forms && [...a.forms, ...b.forms],
  };
}

/** The field that tells the forms of an object apart: each has values of its own there. */
function tellingKey(forms: readonly JsonSchema[]): string | undefined {
  const [first, ...others] = forms;
  if (others.length === 0) return undefined;
  return Object.keys(first?.properties ?? {}).find((key) => {
    const values = forms.map(({ properties }) => valuesOf(properties?.[key]));
    return values.every(({ length }) => length > 0) && new Set(values.flat()).size === values.flat().length;
  });
}

function valuesOf(schema: JsonSchema | undefined): readonly string[] {
  return (schema?.const === undefined ? (schema?.enum ?? []) : [schema.const]).map(String);
}

function rowsBelow(schema: JsonSchema, path: string): readonly Row[] {
  const members = membersOf(schema);
  const lists = members.flatMap(({ items }) => (items === undefined ? [] : rowsOf(items, `${path}[]`)));
  // One item may stand for a list of one.
  if (lists.length > 0) return lists;
  const maps = members.flatMap(({ additionalProperties }) =>
    typeof additionalProperties === "object" ? rowsOf(additionalProperties, `${path}.NAME`) : [],
  );
  return [...maps, ...rowsOf(schema, path)];
}

/** The members of a union, and of unions in it; the schema itself if it is none. */
function membersOf(schema: JsonSchema): readonly JsonSchema[] {
  const members = schema.anyOf ?? schema.oneOf;
  return members === undefined ? [schema] : members.flatMap(membersOf);
}

/** What may stand there; of a list of one item, not that item, which the introduction says once for all. */
function typesOf(schema: JsonSchema): readonly string[] {
  const members = membersOf(schema);
  const items = new Set(members.flatMap((member) => (member.items === undefined ? [] : typesOf(member.items))));
  return [...new Set(members.flatMap(simpleTypes))].filter((type) => !items.has(type));
}

function simpleTypes(schema: JsonSchema): readonly string[] {
  const values = valuesOf(schema);
  if (values.length > 0) return values.map((value) => `\`${value}\``);
  if (schema.type === "array" && schema.maxItems === 0) return ["`[]`"];
  if (schema.items !== undefined) return [`list of ${toText(typesOf(schema.items))}`];
  if (schema.properties !== undefined) return ["object"];
  if (typeof schema.additionalProperties === "object") {
    return [`object of ${toText(typesOf(schema.additionalProperties))}`];
  }
  const types = typeof schema.type === "string" ? [schema.type] : (schema.type ?? [anything]);
  return types.map((type) => words[type] ?? type);
}

const anything = "anything";

const words: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "true or false",
};

/** Values that may stand there are listed, kinds of values are alternatives. */
function toText(types: readonly string[]): string {
  if (types.includes(anything)) return anything;
  const values = types.filter((type) => type.startsWith("`"));
  const others = types.filter((type) => !type.startsWith("`"));
  return [...(values.length > 0 ? [values.join(", ")] : []), ...others].join(" or ");
}

function describe(schema: JsonSchema): string {
  const text =
    schema.description ?? membersOf(schema).find(({ description }) => description !== undefined)?.description ?? "";
  return text.replace(/\.$/, "");
}

function meaningOf({ about, only, preset }: Row): string {
  const parts = [
    about,
    preset === undefined ? "" : `Default: ${typeof preset === "string" ? preset : JSON.stringify(preset)}`,
    only === undefined ? "" : `Only with ${only}`,
  ];
  return parts.filter((part) => part !== "").join(". ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("\n", " ");
}
