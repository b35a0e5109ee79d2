import { escapeControls } from "../text-safety.ts";
import type { Change, Diff, GroupDiff } from "./diff.ts";
import type { FieldChange } from "./fields.ts";

export type Paint = (color: "red" | "green" | "yellow" | "bold" | "dim", text: string) => string;

const marks = {
  added: ["green", "+"],
  removed: ["red", "-"],
  changed: ["yellow", "~"],
} as const;

/** So many fields of an object or resource are written; of more, how many there are. */
const maxFields = 20;

/** A diff for a person: first what differs in the model, then in what each fleet gets. */
export function formatDiff({ objects, groups }: Diff, paint: Paint): string {
  const sections = [
    ...(objects.length > 0
      ? [[paint("bold", "Model"), ...objects.flatMap((change) => formatChange(change, paint))]]
      : []),
    ...groups.map((group) => formatGroup(group, paint)),
  ];
  return sections.map((lines) => lines.map((line) => `${line}\n`).join("")).join("\n");
}

function formatGroup({ kind, name, change, resources }: GroupDiff, paint: Paint): readonly string[] {
  const title = `${kind === "fleet" ? "Fleet" : "Node"} "${escapeControls(name)}"`;
  const note = change === "added" ? " is new" : change === "removed" ? " is gone" : "";
  return [paint("bold", `${title}${note}`), ...resources.flatMap((each) => formatChange(each, paint))];
}

function formatChange({ change, kind, name, fields }: Change, paint: Paint): readonly string[] {
  const [color, mark] = marks[change];
  const isHidden = change === "changed" && fields.length === 0;
  const head = `  ${paint(color, `${mark} ${kind} ${escapeControls(name)}`)}${isHidden ? " (in what is not shown)" : ""}`;
  const shown = fields.slice(0, maxFields).map((field) => formatField(field, paint));
  const more = fields.length - shown.length;
  return [head, ...shown, ...(more > 0 ? [`      … and ${more} more`] : [])];
}

function formatField(field: FieldChange, paint: Paint): string {
  const path = escapeControls(field.path);
  if (!("before" in field)) return `      ${paint("green", `+ ${path}: ${show(field.after)}`)}`;
  if (!("after" in field)) return `      ${paint("red", `- ${path}: ${show(field.before)}`)}`;
  return `      ${paint("yellow", `~ ${path}`)}: ${show(field.before)} → ${show(field.after)}`;
}

const maxLength = 80;

function show(value: unknown): string {
  const text = escapeControls(JSON.stringify(value) ?? "nothing");
  return text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text;
}
