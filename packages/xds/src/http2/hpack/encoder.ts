import { STATIC_FIELDS } from "./table.ts";

const indexOfName = new Map(STATIC_FIELDS.map(({ name }, index) => [name, index + 1] as const).reverse());
const indexOfField = new Map(STATIC_FIELDS.map(({ name, value }, index) => [`${name} ${value}`, index + 1] as const));

/**
 * Writes headers as a block that any connection can read at any time: it adds nothing to a table and refers to none but
 * the static one. So a block that is often sent is made once.
 */
export function encodeHeaders(headers: Iterable<readonly [name: string, value: string]>): Buffer {
  return Buffer.concat([...headers].map(encodeField));
}

function encodeField([name, value]: readonly [name: string, value: string]): Buffer {
  const index = indexOfField.get(`${name} ${value}`);
  if (index !== undefined) return encodeInteger(index, 0x80, 0x7f);
  const known = indexOfName.get(name);
  const head = known === undefined ? [Buffer.of(0), encodeString(name)] : [encodeInteger(known, 0, 0x0f)];
  return Buffer.concat([...head, encodeString(value)]);
}

function encodeString(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  return Buffer.concat([encodeInteger(bytes.length, 0, 0x7f), bytes]);
}

/** https://www.rfc-editor.org/rfc/rfc7541#section-5.1 */
function encodeInteger(value: number, flags: number, mask: number): Buffer {
  if (value < mask) return Buffer.of(flags | value);
  const bytes = [flags | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.of(...bytes, rest);
}
