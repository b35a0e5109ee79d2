import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Config } from "../../packages/chancery/src/model/kinds.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type Envoy, startEnvoy } from "./envoy.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export interface ServedModel {
  readonly envoy: Envoy;
  readonly controlPlane: ControlPlane;
  /** Writes another model into the file. */
  write(config: Omit<Config, "fleets">): Promise<void>;
}

/**
 * Starts an Envoy, of a fleet as it is said, that serves a model from a file; it is ready when this returns. The model may have
 * problems; `options` are further ones of `chancery serve`.
 */
export async function startModel(
  t: TestContext,
  config: Omit<Config, "fleets">,
  fleet: Omit<NonNullable<Config["fleets"]>[string], "match"> = {},
  options: readonly string[] = [],
): Promise<ServedModel> {
  const file = join(await temporaryFolder(t), "chancery.json");
  const write = (model: Omit<Config, "fleets">) =>
    writeFile(file, JSON.stringify({ ...model, fleets: { test: { match: "test-id", ...fleet } } }));
  await write(config);
  const controlPlane = await startControlPlane(t, { paths: [file], options });
  const envoy = await startEnvoy(t, { transport: "ads-delta", xdsPort: controlPlane.xdsPort });
  await envoy.ready();
  return { envoy, controlPlane, write };
}
