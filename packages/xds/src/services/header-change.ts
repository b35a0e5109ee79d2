export interface HeaderChange {
  readonly name: string;
  readonly value: string;
  /** What happens if it is there already. Default: `overwrite`. */
  readonly action?: HeaderAction;
}

/** `append` adds one more value, `add` only adds a header that is not there, `replace` only changes one that is. */
export type HeaderAction = keyof typeof appendActions;

/** Numbers of `envoy.config.core.v3.HeaderValueOption.HeaderAppendAction`. */
export const appendActions = { append: 0, add: 1, overwrite: 2, replace: 3 } as const;
