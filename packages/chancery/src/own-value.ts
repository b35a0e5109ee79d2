/**
 * What a record itself has under a name that was chosen outside: `constructor` or `__proto__` is a name like any other,
 * and what every object inherits under it is none of the record's.
 */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}
