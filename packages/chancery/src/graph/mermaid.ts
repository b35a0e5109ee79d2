/** The shapes that nodes are drawn in. */
const shapes = {
  box: ["[", "]"],
  round: ["(", ")"],
  stadium: ["([", "])"],
  hexagon: ["{{", "}}"],
  cylinder: ["[(", ")]"],
} as const;

export type Shape = keyof typeof shapes;

/** Builds a flowchart of Mermaid: https://mermaid.js.org/syntax/flowchart.html */
export class Flowchart {
  readonly #ids = new Map<string, string>();
  readonly #lines: string[] = [];
  #groups = 0;

  has(key: string): boolean {
    return this.#ids.has(key);
  }

  /** A node that is there once for each key; `lines` are what it says. Returns its id. */
  node(key: string, shape: Shape, lines: readonly string[]): string {
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = `n${this.#ids.size}`;
    this.#ids.set(key, id);
    const [open, close] = shapes[shape];
    this.#lines.push(`    ${id}${open}"${lines.map(escapeLabel).join("<br/>")}"${close}`);
    return id;
  }

  edge(from: string, to: string, label = ""): void {
    this.#lines.push(label === "" ? `    ${from} --> ${to}` : `    ${from} -->|"${escapeLabel(label)}"| ${to}`);
  }

  /** An edge for what happens beside the way. */
  dotted(from: string, to: string, label: string): void {
    this.#lines.push(`    ${from} -.->|"${escapeLabel(label)}"| ${to}`);
  }

  /** What `draw` adds is framed, under a title. */
  group(title: string, draw: () => void): void {
    this.#lines.push(`  subgraph g${this.#groups}["${escapeLabel(title)}"]`);
    this.#groups += 1;
    draw();
    this.#lines.push("  end");
  }

  toString(): string {
    return ["flowchart LR", ...this.#lines, ""].join("\n");
  }
}

/** Makes any text harmless in a quoted label: Mermaid knows characters by `#` and their number. */
export function escapeLabel(text: string): string {
  return text.replace(/[^\p{L}\p{N} .,:/*+?=()[\]{}_~^!@$%'-]/gu, (character) => `#${character.codePointAt(0)};`);
}
