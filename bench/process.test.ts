import assert from "node:assert/strict";
import { test } from "node:test";
import { forgetPeak, readCpuMs, readMemory } from "./process.ts";

const skip = process.platform !== "linux" && "only Linux shows them";

test("memory and CPU are those of the process", { skip }, async () => {
  await forgetPeak(process.pid);
  const { rssMb, anonMb, peakMb } = await readMemory(process.pid);
  const knownMb = process.memoryUsage.rss() / 1024 / 1024;
  assert.ok(Math.abs(rssMb - knownMb) < 20, `${rssMb} MB, and ${knownMb}`);
  assert.ok(anonMb > 0 && anonMb < rssMb && peakMb > anonMb);
  const { user, system } = process.cpuUsage();
  assert.ok(Math.abs((await readCpuMs(process.pid)) - (user + system) / 1000) < 50);
});

test("of a process that is not there they are not numbers", async () => {
  assert.deepEqual(await readMemory(-1), { rssMb: Number.NaN, anonMb: Number.NaN, peakMb: Number.NaN });
  assert.ok(Number.isNaN(await readCpuMs(-1)));
});
