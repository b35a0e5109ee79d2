/** What a value breaks a rule with. */
export interface Violation {
  readonly message: string;
  readonly hint?: string;
}

/** Tells what is wrong with a value; undefined when nothing is. */
export type Check<T> = (value: T) => Violation | undefined;

/** The first violation of several checks; undefined when there are none to make. */
export function allOf<T>(checks: readonly (Check<T> | undefined)[]): Check<T> | undefined {
  const all = checks.filter((check) => check !== undefined);
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return first;
  return (value) => {
    for (const check of all) {
      const violation = check(value);
      if (violation !== undefined) return violation;
    }
    return undefined;
  };
}
