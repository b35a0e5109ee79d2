/** One header as it stands in a table. */
export interface Field {
  readonly name: string;
  readonly value: string;
  /** False when no header may have such a name or value, https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1 */
  readonly valid: boolean;
}

/** What a table counts for each entry beside its characters, https://www.rfc-editor.org/rfc/rfc7541#section-4.1 */
const ENTRY_BYTES = 32;

export function sizeOf({ name, value }: Field): number {
  return name.length + value.length + ENTRY_BYTES;
}

const NAME = /^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/;
const VALUE = /^(?![ \t])[^\0\r\n]*(?<![ \t])$/;

export function toField(name: string, value: string): Field {
  return { name, value, valid: NAME.test(name) && VALUE.test(value) };
}

/**
 * The same for a field that a table is to hold: clients of one kind tell each connection the same, and what many have
 * told lately is there once.
 */
export function toKeptField(name: string, value: string): Field {
  const text = `${name} ${value}`;
  const known = kept.get(text);
  // What is no valid name may have spaces.
  if (known?.name.length === name.length) return known;
  const field = toField(name, value);
  if (kept.size >= mostKept) kept.clear();
  if (text.length <= longestKept) kept.set(text, field);
  return field;
}

/** By name and value, with a space between. */
const kept = new Map<string, Field>();
const mostKept = 256;
const longestKept = 256;

/** The names of the static table, and values after a space. */
const STATIC = `
:authority|:method GET|:method POST|:path /|:path /index.html|:scheme http|:scheme https|:status 200|:status 204|
:status 206|:status 304|:status 400|:status 404|:status 500|accept-charset|accept-encoding gzip, deflate|
accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|
content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|
cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|
last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|
server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate`;

/** https://www.rfc-editor.org/rfc/rfc7541#appendix-A */
export const STATIC_FIELDS: readonly Field[] = STATIC.replaceAll("\n", "")
  .split("|")
  .map((text) => text.split(/ (.*)/))
  .map(([name = "", value = ""]) => toField(name, value));

/** Most tables get as many and then no more, and to push leaves room for more than that. */
const few = 8;

/** What one end has told the other and may refer to again: the newest first, and no more than fits. */
export class DynamicTable {
  /** The oldest first, and room for more. */
  readonly #fields = new Array<Field>(few);
  #count = 0;
  #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The field that was added as the last but `index`. */
  get(index: number): Field | undefined {
    return index < this.#count ? this.#fields[this.#count - 1 - index] : undefined;
  }

  add(field: Field): void {
    this.#fields[this.#count++] = field;
    this.#bytes += sizeOf(field);
    this.#evict();
  }

  resize(maxBytes: number): void {
    this.#maxBytes = maxBytes;
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#fields.shift();
      if (oldest === undefined) return;
      this.#count--;
      this.#bytes -= sizeOf(oldest);
    }
  }
}
