/** The space for new objects would grow to tens of megabytes, and be kept. In MiB. And `serve` collects when it is idle. */
const everywhere = ["--max-semi-space-size=2", "--expose-gc"];

/**
 * What else gives memory back, where V8 knows it: a Node that does not know a flag ends at once. What compilers worked in
 * is V8's own instead of malloc's, which would keep it for each thread, and what is unused is returned after a second.
 * Garbage is collected when the heap has doubled, unless it is small, where V8 by itself would let it become four times as
 * large. And TurboFan compiles nothing before the process has worked for long: most of what a server does is over before that
 * pays. Young garbage, which is little at a time, is collected without helpers. What packs the heap is off, for `serve` to
 * have it on for a moment when it is idle. And Maglev compiles when it always does, but later for a while after something has
 * changed, and sooner where a function has met something new.
 */
const byMajor = {
  26: [
    "--managed-zone-memory",
    "--managed-zone-memory-for-isolate-independent-memory",
    "--memory-pool-timeout=1",
    "--heap-growing-percent=100",
    "--invocation-count-for-maglev=400",
    "--minimum-invocations-after-ic-update=200",
    "--turbo-filter=~",
    "--no-parallel-scavenge",
    "--no-memory-saver-mode",
  ],
};

/** What a server runs with, on the Node that runs this. */
export function serverFlags() {
  const [major] = process.versions.node.split(".");
  return [...everywhere, ...(byMajor[major] ?? [])];
}

/**
 * Goes on as the same process in a Node with flags that keep a server small, if it does not have them: it returns if it
 * has. A flag that was given by hand stands behind them, and wins.
 */
export function restartWithFlags() {
  const missing = serverFlags().filter((flag) => !process.execArgv.includes(flag));
  if (missing.length === 0 || !canRestart()) return;
  process.execve(process.execPath, [process.execPath, ...missing, ...process.execArgv, ...process.argv.slice(1)]);
}

/**
 * Not on Windows, and not while a parent holds a channel to this process or permissions are restricted. A profiler would send
 * its next signal to a process that does not expect it, and dies.
 */
function canRestart() {
  const isProfiled = process.execArgv.some((flag) => flag.startsWith("--cpu-prof"));
  const free = !process.connected && process.permission === undefined && !isProfiled;
  return process.platform !== "win32" && process.execve !== undefined && free;
}
