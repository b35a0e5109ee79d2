/** Gives out names of objects: what a text says in the letters that names may have, no name twice. */
export class Names {
  readonly #taken = new Set<string>();

  /** The first of the texts of which the name is free; else the first one with a number. */
  take(...texts: readonly (string | undefined)[]): string {
    const wanted = texts.flatMap((text) => toName(text) ?? []);
    const free = wanted.find((name) => !this.#taken.has(name));
    const name = free ?? this.#numbered(wanted[0] ?? "unnamed");
    this.#taken.add(name);
    return name;
  }

  #numbered(name: string): string {
    if (!this.#taken.has(name)) return name;
    for (let number = 2; ; number++) {
      const numbered = `${name}-${number}`;
      if (!this.#taken.has(numbered)) return numbered;
    }
  }
}

const maxLength = 60;

/** A text in lower-case letters, digits and dashes, beginning with a letter; undefined if nothing of it is left. */
export function toName(text: string | undefined): string | undefined {
  const plain = (text ?? "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, maxLength)
    .replace(/-+$/, "");
  return plain === "" ? undefined : plain;
}
