// Golden files: testdata/<feature>.in.yaml is a model, <feature>.out.yaml all that it is translated to. The outputs are
// rewritten by `UPDATE_GOLDEN=1 npx node --conditions=chancery-source --test packages/chancery/src/translate/golden.test.ts`.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { ensureEnvoy } from "../bootstrap/envoy-binary.ts";
import { parseDocuments } from "../documents/parse.ts";
import type { Model } from "../model/model.ts";
import { emptyModelState, toModel } from "../model/parse.ts";
import type { Material } from "./draft.ts";
import { toStaticResources } from "./static.ts";
import { type FleetTranslation, type Translation, Translator } from "./translator.ts";

const folder = join(import.meta.dirname, "testdata");
const inputs = globSync("*.in.yaml", { cwd: folder }).sort();

describe("golden files", { concurrency: 2 }, () => {
  let envoy = "";
  before(async () => {
    envoy = (await ensureEnvoy(process.env)).path;
  });

  for (const input of inputs) {
    const output = join(folder, input.replace(".in.yaml", ".out.yaml"));
    test(`${basename(input, ".in.yaml")} is translated as it was`, () => {
      const text = stringify(toOutput(translate(input)), { lineWidth: 0, aliasDuplicateObjects: false });
      if (process.env.UPDATE_GOLDEN) writeFileSync(output, text);
      assert.deepEqual(parse(text), parse(readFileSync(output, "utf8")));
    });

    test(`Envoy takes what ${basename(input, ".in.yaml")} is translated to`, async () => {
      for (const [name, fleet] of translate(input).fleets) await validate(envoy, name, fleet);
    });
  }
});

function translate(input: string): Translation {
  const parsed = parseDocuments(readFileSync(join(folder, input), "utf8"), { origin: input, format: "yaml" });
  assert(parsed.ok, JSON.stringify(parsed));
  const { model } = toModel(parsed.documents, emptyModelState);
  assert.deepEqual(model.problems, []);
  return new Translator().translate(model, materialsOf(model));
}

/** Certificates may name the files in the folder. */
function materialsOf({ certificates }: Model): Map<string, Material> {
  return new Map(
    [...certificates].map(([name, { value }]) => {
      const files = Object.entries<string | undefined>(value.files ?? {});
      const contents = files.map(([field, file = ""]) => [field, readFileSync(join(folder, file), "utf8")]);
      return [name, { ...value.inline, ...Object.fromEntries(contents) }];
    }),
  );
}

function toOutput({ fleets, problems }: Translation): object {
  return {
    ...Object.fromEntries(
      [...fleets].map(([name, { drafts }]) => {
        const byType = Map.groupBy(drafts.values(), ({ type }) => type);
        return [name, Object.fromEntries([...byType].map(([type, list]) => [type, list.map(({ json }) => json)]))];
      }),
    ),
    ...(problems.length > 0 && {
      problems: problems.map(({ item, problem }) => `${item.kind}.${item.name}.${problem.path}: ${problem.message}`),
    }),
  };
}

async function validate(envoy: string, name: string, { drafts }: FleetTranslation): Promise<void> {
  const { clusters, ...resources } = toStaticResources(drafts.values());
  const controlPlane = {
    name: "xds_cluster",
    type: "STATIC",
    connectTimeout: "1s",
    loadAssignment: { clusterName: "xds_cluster" },
  };
  const bootstrap = {
    node: { id: "golden", cluster: name },
    static_resources: { ...resources, clusters: [...clusters, controlPlane] },
  };
  const scratch = await mkdtemp(join(tmpdir(), "chancery-golden-"));
  try {
    const file = join(scratch, "envoy.json");
    await writeFile(file, JSON.stringify(bootstrap));
    await promisify(execFile)(envoy, ["--mode", "validate", "-c", file, "--disable-hot-restart", "-l", "error"]);
  } finally {
    await rm(scratch, { recursive: true });
  }
}
