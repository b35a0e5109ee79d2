import type { TestContext } from "node:test";
import { startEcho } from "../../packages/chancery/src/cli/demo/echo.ts";
import type { Echo } from "../../packages/chancery/src/cli/demo/listen-echo.ts";

/** Starts an upstream on a free port that answers with its name; it ends with the test. */
export async function startUpstream(t: TestContext, name: string): Promise<Echo> {
  const echo = await startEcho(name, { host: "127.0.0.1", port: 0 });
  t.after(() => echo.close());
  return echo;
}
