import type { Io } from "./command.ts";

/** Colours are for a person at a terminal who did not say otherwise (https://no-color.org). */
export function usesColor({ stdout, env }: Pick<Io, "stdout" | "env">): boolean {
  return "isTTY" in stdout && stdout.isTTY === true && !env.NO_COLOR;
}

const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

export type Paint = (color: keyof typeof codes, text: string) => string;

/** Paints text for a terminal, or leaves it as it is. */
export function painter(io: Pick<Io, "stdout" | "env">): Paint {
  if (!usesColor(io)) return plain;
  return (color, text) => `\u001b[${codes[color]}m${text}\u001b[0m`;
}

/** Paints nothing. */
export const plain: Paint = (_, text) => text;
