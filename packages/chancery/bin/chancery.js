#!/usr/bin/env -S node --max-semi-space-size=2
// Without that flag (MiB) the space for new objects grows to tens of megabytes, and is kept.
const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  console.error(`chancery needs Node.js 24 or newer; this is ${process.version} (${process.execPath}).`);
  console.error("Install a newer one (https://nodejs.org/en/download), or put it first on PATH.");
  process.exit(1);
}
// What runs for long gets more flags than this first line may name for every Node, for 40 ms.
if (process.argv[2] === "serve") (await import("./restart.js")).restartWithFlags();
// What was compiled once is kept on disk: it starts faster, and serves its first clients faster.
const { enableCompileCache } = await import("node:module");
enableCompileCache();
await import("./find-modules.js");
// Node cuts small buffers out of larger ones. Small ones of those are gone before the heap's old space gets them.
Buffer.poolSize = 8192;
await import("../dist/cli/main.js");
