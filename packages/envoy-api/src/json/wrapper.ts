/** The messages that hold one scalar, which JSON spells as that scalar. */
const wrappers: ReadonlySet<string> = new Set(
  ["Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String", "Bytes"].map(
    (type) => `google.protobuf.${type}Value`,
  ),
);

/** Whether a message type is one of `google/protobuf/wrappers.proto`. */
export function isWrapper(typeName: string): boolean {
  return wrappers.has(typeName);
}
