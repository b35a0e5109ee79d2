import type { Status } from "./status.ts";

/** Says which calls of a method are made when there are more than can be. */
export interface Admission {
  /**
   * Asked before anything is made of a call that has waited for so long to be read, in milliseconds, and that may have
   * waited in the network before. A status that is returned refuses it: the client gets that and nothing else.
   */
  admit(waitedMs: number): Status | undefined;
}
