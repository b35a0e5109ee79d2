import { UsageError } from "./command.ts";

/** Reads the value of `-H`, such as `x-canary: 1`. */
export function readHeader(text: string): readonly [name: string, value: string] {
  const [, name, value] = /^(:?[^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new UsageError(`Cannot read -H "${text}": write 'name: value'`);
  return [name, value];
}
