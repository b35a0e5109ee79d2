import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { emptyModelState, toModel } from "../model/parse.ts";
import { CertificateFiles } from "./certificate-files.ts";

const testdata = join(import.meta.dirname, "../translate/testdata");

test("what is good is the same object as long as nothing is heard of its files", async (t) => {
  const { files, model, copy } = await start(t);
  await copy();
  const first = await files.load(model);
  assert.deepEqual(first.problems, []);
  assert.equal((await files.load(model)).materials.get("shop"), first.materials.get("shop"));
});

test("a change of a file is heard, and what is wrong then leaves what was good", async (t) => {
  const { files, model, copy, folder, changed } = await start(t);
  await copy();
  const first = await files.load(model);
  const heard = changed();
  await unlink(join(folder, "tls", "shop.pem"));
  await heard;
  const { problems, materials } = await files.load(model);
  assert.deepEqual(
    problems.map(({ problem }) => [problem.path, problem.message]),
    [["files.cert", 'there is no file "tls/shop.pem"; the last good one stays']],
  );
  assert.equal(materials.get("shop"), first.materials.get("shop"));
});

test("what else is in the folder of a file is not heard of", async (t) => {
  const { files, model, copy, folder, changed, count } = await start(t);
  await copy();
  await files.load(model);
  const heard = changed();
  await writeFile(join(folder, "tls", "routes.yaml"), "routes: {}");
  await unlink(join(folder, "tls", "shop.pem"));
  await heard;
  assert.equal(count(), 1);
});

test("a Kubernetes volume changes by its ..data link", async (t) => {
  const { files, model, folder, changed } = await start(t);
  await mkdir(join(folder, "tls", "..1"), { recursive: true });
  for (const [name, source] of [
    ["shop.pem", "shop.pem"],
    ["shop.key.pem", "shop.key.pem"],
  ] as const) {
    await copyFile(join(testdata, source), join(folder, "tls", "..1", name));
    await symlink(`..data/${name}`, join(folder, "tls", name));
  }
  await symlink("..1", join(folder, "tls", "..data"));
  assert.deepEqual((await files.load(model)).problems, []);
  await mkdir(join(folder, "tls", "..2"));
  await symlink("..2", join(folder, "tls", "..data_tmp"));
  const heard = changed();
  await rename(join(folder, "tls", "..data_tmp"), join(folder, "tls", "..data"));
  await heard;
  const { problems } = await files.load(model);
  assert.match(problems[0]?.problem.message ?? "", /there is no file/);
});

test("files that are missing are looked for each time, also where their folder is not there to be watched", async (t) => {
  const { files, model, copy } = await start(t);
  assert.equal((await files.load(model)).problems.length, 1);
  await copy();
  assert.deepEqual((await files.load(model)).problems, []);
});

async function start(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "chancery-certificates-"));
  let onChange = () => {};
  let count = 0;
  const counted = () => {
    count++;
    onChange();
  };
  const files = new CertificateFiles({ cwd: folder, onChange: counted });
  t.after(async () => {
    files[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });
  const content = { certificates: { shop: { files: { cert: "tls/shop.pem", key: "tls/shop.key.pem" } } } };
  const { model } = toModel([{ origin: "test.yaml", content, positions: () => () => undefined }], emptyModelState);
  assert.deepEqual(model.problems, []);
  return {
    ...{ folder, files, model, count: () => count },
    async copy() {
      await mkdir(join(folder, "tls"));
      for (const name of ["shop.pem", "shop.key.pem"]) await copyFile(join(testdata, name), join(folder, "tls", name));
    },
    /** Resolves at the next change. */
    changed: () =>
      new Promise<void>((resolve) => {
        onChange = resolve;
      }),
  };
}
