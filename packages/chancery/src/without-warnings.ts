/** Does something that Node warns of, since it may yet change how it is done: that is no news for who runs a control plane. */
export function withoutWarnings<T>(make: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return make();
  } finally {
    process.emitWarning = emitWarning;
  }
}
