import type { Document, LocatedProblem } from "../documents/document.ts";

/** A place that configuration comes from. Each kind is one file beside this one, and they all look alike. */
export interface Source {
  /** One word for logs and metrics, such as `file`. */
  readonly kind: string;

  /**
   * Yields what is there now, and again after changes, until the signal aborts. Many changes may arrive as one.
   * What is wrong is a problem in the state, and what was good before it stays.
   */
  watch(signal: AbortSignal): AsyncIterable<SourceState>;
}

/** All that a source has at one moment. */
export interface SourceState {
  /** In the order in which they win over later ones; what did not change is the same object as before. */
  readonly documents: readonly Document[];
  readonly problems: readonly LocatedProblem[];
  /**
   * Resolves when it is known whether this is to be taken in: false if it changed again at once, and another state follows.
   * Until then there is time to work out what follows from it. Undefined if that is known already.
   */
  readonly isSettled?: Promise<boolean>;
}
