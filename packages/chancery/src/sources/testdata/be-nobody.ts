/** Root may read everything: it becomes somebody who may not, until what is returned is disposed of. */
export function beNobody(): Disposable {
  if (process.geteuid?.() !== 0) return { [Symbol.dispose]: () => {} };
  process.seteuid?.(65_534);
  return { [Symbol.dispose]: () => void process.seteuid?.(0) };
}
