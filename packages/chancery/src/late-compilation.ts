import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";

/** How often a function runs before V8 compiles it with Maglev. */
const flag = "--invocation-count-for-maglev";

/** As the process was started; undefined if that was left to V8. */
const usual = process.execArgv.findLast((given) => given.startsWith(`${flag}=`));

const later = `${flag}=2000`;

let users = 0;

/**
 * Has V8 compile later what runs until this is disposed of, in a process that was told when to do so. Most of the code of a
 * first load is done with it before that pays, and those who compile, in threads of their own, take processors away from it
 * and from the Envoys that it is for.
 */
export function compileLater(): Disposable {
  if (usual !== undefined && users++ === 0) setFlagsFromString(later);
  return {
    [Symbol.dispose]() {
      if (usual !== undefined && --users === 0) setFlagsFromString(usual);
    },
  };
}

/** Which functions TurboFan may compile: none, as a server is started. */
const filter = "--turbo-filter=";

export interface TurboFanOptions {
  /** After so much work, in ms; 10,000 by default. */
  readonly workMs?: number;
  /** How often to look, in ms; 5,000 by default. */
  readonly everyMs?: number;
}

/**
 * Has V8's best compiler come when the process has worked for long, if it was started without: before that it takes more
 * than it saves.
 */
export function compileFullyLater({ workMs = 10_000, everyMs = 5_000 }: TurboFanOptions = {}): void {
  if (!process.execArgv.includes(`${filter}~`)) return;
  const timer = setInterval(() => {
    if (performance.eventLoopUtilization().active < workMs) return;
    clearInterval(timer);
    setFlagsFromString(`${filter}*`);
  }, everyMs).unref();
}
