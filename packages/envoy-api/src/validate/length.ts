import type { Check } from "./violation.ts";

/** The check of a length, in what `unit` says: `character` or `byte`. */
export function lengthCheck(
  exact: number | undefined,
  min: number | undefined,
  max: number | undefined,
  unit: string,
): Check<number> | undefined {
  const said = (length: number) => `${length} ${unit}${length === 1 ? "" : "s"} long`;
  const least = exact ?? min ?? 0;
  const most = exact ?? max;
  if (least === 0 && most === undefined) return undefined;
  const exactly = least === most ? `must be ${said(least)}` : undefined;
  return (length) => {
    if (length < least) return { message: exactly ?? `must be at least ${said(least)}` };
    if (most !== undefined && length > most) {
      return { message: `${exactly ?? `must be at most ${said(most)}`}, not ${length}` };
    }
    return undefined;
  };
}
