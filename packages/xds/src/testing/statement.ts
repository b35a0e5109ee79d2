import type { ClientStreamOptions } from "../stream/client-stream.ts";
import type { Variant } from "../stream/request.ts";

/** What a conforming server does, shown by a conversation. */
export interface Statement {
  /** The numbers of the statements in `docs/conformance.md`, such as P19; none if it is all ours. */
  readonly ids: readonly string[];
  /** A sentence. */
  readonly title: string;
  readonly variant: Variant;
  readonly transcript: string;
  /** True for what our own server has decided beyond the statements; others do not have to. */
  readonly ours: boolean;
  /** The key of the type whose own service is spoken to; undefined: ADS. */
  readonly service: string | undefined;
  /** True if the client says that it can read a `Resource` wrapper in SotW. */
  readonly readsWrapped: boolean;
  /** Options of a server in memory: no other can be told. */
  readonly server: Pick<ClientStreamOptions, "legacyWildcard" | "maxDeltaBytes"> | undefined;
  /** Why it cannot be shown over a network, if it cannot. */
  readonly onlyInMemory: string | undefined;
  /** True if it is about the stream's transport, and cannot be shown in memory. */
  readonly onlyOverNetwork: boolean;
}

export type StatementOptions = Partial<Omit<Statement, "ids" | "title" | "variant" | "transcript">>;

/** A statement of SotW; `ids` are numbers of statements with spaces between. */
export function sotw(ids: string, title: string, transcript: string, options: StatementOptions = {}): Statement {
  return toStatement("sotw", { ids, title, transcript, options });
}

/** A statement of delta; `ids` are numbers of statements with spaces between. */
export function delta(ids: string, title: string, transcript: string, options: StatementOptions = {}): Statement {
  return toStatement("delta", { ids, title, transcript, options });
}

/** A statement as the name of a test: `sotw: a NACK causes no resend (P19)`. */
export function nameOf({ variant, title, ids }: Statement): string {
  return `${variant}: ${title}${ids.length === 0 ? "" : ` (${ids.join(", ")})`}`;
}

interface Parts {
  readonly ids: string;
  readonly title: string;
  readonly transcript: string;
  readonly options: StatementOptions;
}

function toStatement(variant: Variant, { ids, title, transcript, options }: Parts): Statement {
  const { ours = false, service, readsWrapped = false, server, onlyInMemory, onlyOverNetwork = false } = options;
  return {
    ids: ids.split(" ").filter((id) => id !== ""),
    ...{ title, variant, transcript, ours, service, readsWrapped, server, onlyInMemory, onlyOverNetwork },
  };
}
