import { resourcesToJson, type Snapshot } from "@chancery/xds";
import { yaml } from "../lazy.ts";
import { toJsonList } from "./long-answer.ts";

/** The snapshot of a node as JSON, a text a resource; secrets are left out. */
export function* toJsonTexts(node: string, snapshot: Snapshot): Generator<string> {
  const head = JSON.stringify(headOf(node, snapshot));
  yield `${head.slice(0, -1)},"resources":{`;
  let before = "";
  for (const [key, list] of resourcesToJson(snapshot)) {
    yield `${before}${JSON.stringify(key)}:`;
    yield* toJsonList(list);
    before = ",";
  }
  yield "}}";
}

/** The same as YAML. */
export function* toYamlTexts(node: string, snapshot: Snapshot): Generator<string> {
  const { stringify } = yaml();
  const write = (value: unknown) => stringify(value, { lineWidth: 0 });
  const lists = [...resourcesToJson(snapshot)];
  yield `${write(headOf(node, snapshot))}resources:${lists.length === 0 ? " {}" : ""}\n`;
  for (const [key, list] of lists) {
    yield `  ${write(key).trimEnd()}:\n`;
    for (const resource of list) yield indent(write([resource]));
  }
}

/** Lines of YAML end with a line feed and nothing else. */
function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => (line === "" ? line : `    ${line}`))
    .join("\n");
}

function headOf(node: string, { version }: Snapshot): object {
  return { node, ...(version !== undefined && { version }) };
}
