import assert from "node:assert/strict";
import { appendFile, chmod, mkdir, mkdtemp, open, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { type FileSourceOptions, fileSource } from "./file.ts";
import type { SourceState } from "./source.ts";
import { beNobody } from "./testdata/be-nobody.ts";
import { replaceFile } from "./testdata/replace-file.ts";

test("what is in the files is there first, in the order of the paths and then of the names", async (t) => {
  const dir = await folder(t);
  await mkdir(join(dir, "conf/more"), { recursive: true });
  await writeFile(join(dir, "conf/b.yaml"), "node: b\n---\nnode: b2\n");
  await writeFile(join(dir, "conf/a.json"), '{"node": "a"}');
  await writeFile(join(dir, "conf/more/c.yml"), "node: c\n");
  await writeFile(join(dir, "conf/notes.txt"), "not for us");
  await writeFile(join(dir, "conf/.b.yaml.swp"), "an editor's");
  await writeFile(join(dir, "conf/b.test.yaml"), "- name: a test of b");
  await writeFile(join(dir, "first.conf"), "node: first\n");
  const { next } = start(t, dir, { paths: ["first.conf", "conf"] });
  const state = await next();
  assert.deepEqual(nodes(state), ["first", "a", "b", "b2", "c"]);
  assert.deepEqual(
    state.documents.map((document) => document.origin),
    ["first.conf", "conf/a.json", "conf/b.yaml", "conf/b.yaml", "conf/more/c.yml"],
  );
  assert.deepEqual(state.problems, []);
});

test("a file that is written in place is read again, the others are the same documents as before", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a", "b.yaml": "node: b" });
  const { next } = start(t, dir);
  const before = await next();
  await writeFile(join(dir, "a.yaml"), "node: z");
  const after = await next();
  assert.deepEqual(nodes(after), ["z", "b"]);
  assert.equal(after.documents[1], before.documents[1]);
});

test("a file that another one is renamed over is read again", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  const { next } = start(t, dir);
  await next();
  for (const name of ["b", "c"]) {
    await replace(join(dir, "a.yaml"), `node: ${name}`);
    assert.deepEqual(nodes(await next()), [name]);
  }
});

test("what was moved to its place is there before it is known that nothing more comes", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a", "b.yaml": "node: b" });
  const { next, abort } = start(t, dir, { settleMs: 60_000, maxSettleMs: 60_000 });
  await next();
  await replaceFile(join(dir, "a.yaml"), "node: z");
  const state = await next();
  assert.deepEqual(nodes(state), ["z", "b"]);
  abort();
  assert.equal(await state.isSettled, false);
});

test("what was moved to its place is settled when nothing more came, and is not said again", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a", "b.yaml": "node: b" });
  const { next } = start(t, dir, { settleMs: 20 });
  await next();
  for (const [name, settled] of [
    ["a", ["y", "b"]],
    ["b", ["y", "y"]],
  ] as const) {
    await replaceFile(join(dir, `${name}.yaml`), "node: y");
    const state = await next();
    assert.equal(await state.isSettled, true);
    assert.deepEqual(nodes(state), settled);
  }
});

test("what was moved to its place and changes again is not settled, and what there is then comes next", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a", "b.yaml": "node: b" });
  const { next } = start(t, dir, { settleMs: 500, maxSettleMs: 60_000 });
  const first = await next();
  await replaceFile(join(dir, "a.yaml"), "node: z");
  const ahead = await next();
  await replaceFile(join(dir, "b.yaml"), "node: z");
  assert.equal(await ahead.isSettled, false);
  const both = await next();
  assert.deepEqual(nodes(both), ["z", "z"]);
  assert.equal(both.isSettled, undefined);
  await replaceFile(join(dir, "a.yaml"), "node: y");
  const again = await next();
  await replaceFile(join(dir, "a.yaml"), "node: z");
  assert.equal(await again.isSettled, false);
  assert.deepEqual(nodes(await next()), nodes(both), "as before, but the one between was taken back");
  assert.deepEqual(nodes(first), ["a", "b"]);
});

test("what happens beside the folder disturbs nobody", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  const { next } = start(t, dir, { settleMs: 200, maxSettleMs: 60_000 });
  await next();
  await replaceFile(join(dir, "a.yaml"), "node: z");
  const state = await next();
  await folder(t);
  assert.equal(await state.isSettled, true);
});

test("a flood of files beside the folder neither holds up a change nor takes it back", async (t) => {
  const dir = await folder(t);
  await mkdir(join(dir, "conf"));
  await writeFile(join(dir, "conf/a.yaml"), "node: a");
  const { next } = start(t, dir, { paths: ["conf"], settleMs: 200, maxSettleMs: 60_000 });
  await next();
  for (const name of ["y", "z"]) {
    await replaceFile(join(dir, "conf/a.yaml"), `node: ${name}`);
    const state = await next();
    for (let i = 0; i < 500; i++) await writeFile(join(dir, `${i}.yaml`), "node: other");
    assert.equal(await state.isSettled, true);
    assert.deepEqual(nodes(state), [name]);
  }
});

test("what is written in place is not read before it is quiet", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  const { next } = start(t, dir);
  await next();
  await writeFile(join(dir, "a.yaml"), "node: z");
  assert.equal((await next()).isSettled, undefined);
  await writeFile(join(dir, "b.yaml"), "node: b");
  assert.equal((await next()).isSettled, undefined);
});

test("an editor that moves the old file away and writes a new one does not delete anything", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  const { next } = start(t, dir);
  await next();
  await rename(join(dir, "a.yaml"), join(dir, "a.yaml~"));
  await pause(30);
  await writeFile(join(dir, "a.yaml"), "node: b");
  assert.deepEqual(nodes(await next()), ["b"]);
});

test("a single file is watched through its folder too", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a", "other.yaml": "node: other" });
  const { next } = start(t, dir, { paths: ["a.yaml"] });
  assert.deepEqual(nodes(await next()), ["a"]);
  await rename(join(dir, "other.yaml"), join(dir, "a.yaml"));
  assert.deepEqual(nodes(await next()), ["other"]);
});

test("a single file is another one when its folder is moved away and another takes its place", async (t) => {
  const dir = await folder(t);
  for (const name of ["conf", "next"]) {
    await mkdir(join(dir, name));
    await writeFile(join(dir, name, "a.yaml"), `node: ${name}`);
  }
  const { next } = start(t, dir, { paths: ["conf/a.yaml"] });
  assert.deepEqual(nodes(await next()), ["conf"]);
  await rename(join(dir, "conf"), join(dir, "old"));
  await rename(join(dir, "next"), join(dir, "conf"));
  await until(next, (state) => nodes(state)[0] === "next");
});

test("a rewrite in place with pauses arrives whole, as one change", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a\nresources: { clusters: [] }\n---\nnode: a2\n" });
  const { next } = start(t, dir);
  await next();
  const after = next();
  const file = await open(join(dir, "a.yaml"), "w");
  for (const part of ["node: b\n", "resources: { clus", "ters: [] }\n---\n", "node: b2\n"]) {
    await file.write(part);
    await pause(30);
  }
  await file.close();
  assert.deepEqual(nodes(await after), ["b", "b2"]);
});

test("a rewrite in place that stops where a part of it is valid waits for the rest", async (t) => {
  const whole = "node: a\nresources: { clusters: [] }\nversion: one\n";
  for (const cut of ["node: ab", "node: ab\nresources: { clusters: [] }\n"]) {
    const dir = await folder(t, { "a.yaml": whole });
    const { next } = start(t, dir, { doubtMs: 1, cutMs: 60_000 });
    await next();
    const after = next();
    const file = await open(join(dir, "a.yaml"), "w");
    await file.write(cut);
    await pause(100);
    await file.write(whole.replace("a", "ab").slice(cut.length));
    await file.close();
    assert.deepEqual((await after).documents[0]?.content, { node: "ab", resources: { clusters: [] }, version: "one" });
  }
});

test("a file that lost its end is believed after a while, and one that is renamed over it at once", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a\nversion: one\n" });
  const { next } = start(t, dir, { cutMs: 150 });
  await next();
  await writeFile(join(dir, "a.yaml"), "node: a\n");
  assert.deepEqual((await next()).documents[0]?.content, { node: "a" });
  await writeFile(join(dir, "b.tmp"), "node");
  await rename(join(dir, "b.tmp"), join(dir, "a.yaml"));
  assert.equal((await next()).problems[0]?.code, "wrong-type");
});

test("a file that became a list or a word keeps what it said, and is a problem", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a\n" });
  const { next } = start(t, dir, { cutMs: 1 });
  await next();
  for (const [text, what] of [
    ["hello\n", 'just "hello"'],
    ["# a comment\n- node: b\n", "a list"],
  ] as const) {
    await writeFile(join(dir, "a.yaml"), text);
    const state = await next();
    assert.deepEqual(nodes(state), ["a"]);
    assert.equal(state.problems[0]?.message, `a document must be an object, with a key such as routes, not ${what}`);
    assert.ok(state.problems[0]?.position);
  }
});

test("a file that is written all the time is read all the same", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a\n" });
  const { next } = start(t, dir, { settleMs: 60_000, maxSettleMs: 50 });
  await next();
  await appendFile(join(dir, "a.yaml"), "more: 1\n");
  assert.deepEqual((await next()).documents[0]?.content, { node: "a", more: 1 });
});

test("a bad file is a problem, keeps what was good, and leaves the other files alone", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a", "b.yaml": "node: b" });
  const { next } = start(t, dir);
  const good = await next();
  await writeFile(join(dir, "a.yaml"), "node: a\nresources: {\n");
  const bad = await next();
  assert.deepEqual(bad.documents, good.documents);
  assert.equal(bad.problems[0]?.origin, "a.yaml");
  assert.deepEqual(bad.problems[0]?.position, { line: 3, column: 1 });
  await writeFile(join(dir, "b.yaml"), "node: b2");
  const other = await next();
  assert.deepEqual(nodes(other), ["a", "b2"]);
  assert.deepEqual(other.problems, bad.problems);
  await writeFile(join(dir, "a.yaml"), "node: mended");
  const mended = await next();
  assert.deepEqual(nodes(mended), ["mended", "b2"]);
  assert.deepEqual(mended.problems, []);
});

test("a key that stands twice costs the object that has it, and a file of Envoy's own resources as a whole", async (t) => {
  const dir = await folder(t, { "model.yaml": "routes:\n  a: { to: x }\n", "raw.yaml": "node: a\n" });
  const { next } = start(t, dir);
  await next();
  await writeFile(join(dir, "model.yaml"), "routes:\n  a: { to: y }\n  b: { to: x, to: y }\n  a: { to: z }\n");
  const state = await next();
  assert.deepEqual(state.problems, []);
  const [document] = state.documents;
  assert(document !== undefined);
  const { routes } = document.content as { routes: Record<string, unknown> };
  assert.deepEqual(routes.a, { to: "y" });
  assert.equal(typeof routes.b, "symbol");
  assert.deepEqual(
    document.problems?.map(({ path }) => path),
    ["routes.a"],
  );
  await writeFile(join(dir, "raw.yaml"), "node: a\nnode: b\n");
  const other = await next();
  assert.deepEqual(other.documents[1], state.documents[1]);
  assert.match(other.problems[0]?.message ?? "", /the key "node" stands in line 1 already/);
});

test("a file that is bad from the start is a problem, and nothing more", async (t) => {
  const dir = await folder(t, { "a.yaml": "}", "b.yaml": "node: b", "c.yaml": Buffer.from([0xff, 0xfe, 0x00]) });
  const { next } = start(t, dir);
  const state = await next();
  assert.deepEqual(nodes(state), ["b"]);
  assert.deepEqual(
    state.problems.map((problem) => [problem.origin, problem.code]),
    [
      ["a.yaml", "yaml-syntax"],
      ["c.yaml", "file-unreadable"],
    ],
  );
});

test("a folder that cannot be listed is an error, since nobody knows what is in it", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  await chmod(dir, 0o755);
  await mkdir(join(dir, "sub"), { mode: 0o000 });
  using nobody = beNobody();
  const { next } = start(t, dir);
  const { documents, problems } = await next();
  nobody[Symbol.dispose]();
  await chmod(join(dir, "sub"), 0o700);
  assert.equal(documents.length, 1);
  const found = problems.find(({ code }) => code === "folder-unreadable");
  assert.equal(found?.severity, "error");
});

test("a folder that the system refuses to watch is polled", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  // What is in it may be opened by name.
  await chmod(dir, 0o711);
  await using file = await open(join(dir, "a.yaml"), "r+");
  using _nobody = beNobody();
  const { next } = start(t, dir, { paths: ["a.yaml"], pollMs: 1 });
  const { documents, problems } = await next();
  assert.equal(documents.length, 1);
  assert.equal(problems[0]?.code, "folder-unwatched");
  await file.write("node: b", 0);
  assert.deepEqual(nodes(await next()), ["b"]);
});

test("a file that was emptied keeps what it said, and is a problem", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  const { next } = start(t, dir);
  await next();
  await writeFile(join(dir, "a.yaml"), "");
  const state = await next();
  assert.deepEqual(nodes(state), ["a"]);
  assert.equal(state.problems[0]?.code, "file-empty");
});

test("a deleted file takes its documents and its problems with it", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a", "b.yaml": "{", "c.yaml": "node: c" });
  const { next } = start(t, dir);
  assert.equal((await next()).problems.length, 1);
  await Promise.all([unlink(join(dir, "a.yaml")), unlink(join(dir, "b.yaml"))]);
  const state = await until(next, (state) => state.problems.length === 0 && state.documents.length === 1);
  assert.deepEqual(nodes(state), ["c"]);
});

test("a new file and a new folder are found", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  const { next } = start(t, dir);
  await next();
  await writeFile(join(dir, "b.yaml"), "node: b");
  assert.deepEqual(nodes(await next()), ["a", "b"]);
  await mkdir(join(dir, "sub/deep"), { recursive: true });
  await writeFile(join(dir, "sub/deep/c.yaml"), "node: c");
  assert.deepEqual(nodes(await next()), ["a", "b", "c"]);
  await writeFile(join(dir, "sub/deep/c.yaml"), "node: d");
  assert.deepEqual(nodes(await next()), ["a", "b", "d"]);
});

test("a path that is not there yet is waited for, and may go and come again", async (t) => {
  const dir = await folder(t);
  const { next } = start(t, dir, { paths: ["far/conf"] });
  const missing = await next();
  assert.deepEqual([missing.documents, missing.problems[0]?.code], [[], "path-missing"]);
  for (const name of ["a", "b"]) {
    await mkdir(join(dir, "far/conf"), { recursive: true });
    await writeFile(join(dir, "far/conf/x.yaml"), `node: ${name}`);
    const there = await until(next, (state) => state.documents.length === 1);
    assert.deepEqual([nodes(there), there.problems], [[name], []]);
    await rm(join(dir, "far"), { recursive: true });
    const gone = await until(next, (state) => state.documents.length === 0);
    assert.equal(gone.problems[0]?.code, "path-missing");
  }
});

test("a Kubernetes volume changes by its ..data link, for the folder and for one file in it", async (t) => {
  for (const paths of [["conf"], ["conf/a.yaml"]]) {
    const dir = await folder(t);
    const conf = join(dir, "conf");
    await mkdir(join(conf, "..1"), { recursive: true });
    await writeFile(join(conf, "..1/a.yaml"), "node: one");
    await symlink("..1", join(conf, "..data"));
    await symlink("..data/a.yaml", join(conf, "a.yaml"));
    const { next } = start(t, dir, { paths });
    assert.deepEqual(nodes(await next()), ["one"]);
    for (const [index, name] of ["two", "three"].entries()) {
      const version = `..${index + 2}`;
      await mkdir(join(conf, version));
      await writeFile(join(conf, version, "a.yaml"), `node: ${name}`);
      await symlink(version, join(conf, "..data_tmp"));
      await rename(join(conf, "..data_tmp"), join(conf, "..data"));
      await rm(join(conf, `..${index + 1}`), { recursive: true });
      assert.deepEqual(nodes(await next()), [name]);
    }
  }
});

test("a link to a file elsewhere is followed, also when that file is written or a link on the way changes", async (t) => {
  const dir = await folder(t);
  for (const release of ["1", "2"]) {
    await mkdir(join(dir, "releases", release), { recursive: true });
    await writeFile(join(dir, "releases", release, "a.yaml"), `node: r${release}`);
  }
  await symlink("releases/1", join(dir, "current"));
  await mkdir(join(dir, "conf"));
  await symlink(join(dir, "current/a.yaml"), join(dir, "conf/a.yaml"));
  const { next } = start(t, dir, { paths: ["conf"] });
  assert.deepEqual(nodes(await next()), ["r1"]);
  await writeFile(join(dir, "releases/1/a.yaml"), "node: r1b");
  assert.deepEqual(nodes(await next()), ["r1b"]);
  await symlink("releases/2", join(dir, "next"));
  await rename(join(dir, "next"), join(dir, "current"));
  assert.deepEqual(nodes(await next()), ["r2"]);
});

test("a link to a folder above is not followed for ever", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  await symlink(dir, join(dir, "loop"));
  const { next } = start(t, dir);
  assert.deepEqual(nodes(await next()), ["a"]);
});

test("the signal ends the iteration", async (t) => {
  const dir = await folder(t, { "a.yaml": "node: a" });
  const { next, abort, iterator } = start(t, dir);
  await next();
  const end = iterator.next();
  abort();
  assert.deepEqual(await end, { value: undefined, done: true });
});

async function folder(t: TestContext, files: Record<string, string | Buffer> = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "chancery-file-"));
  t.after(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return dir;
}

function start(t: TestContext, cwd: string, options: Partial<FileSourceOptions> = {}) {
  const controller = new AbortController();
  const source = fileSource({ paths: ["."], cwd, ...options });
  const iterator = source.watch(controller.signal)[Symbol.asyncIterator]();
  const abort = () => controller.abort();
  t.after(async () => {
    abort();
    await iterator.next();
  });
  const next = async (): Promise<SourceState> => {
    const { value, done } = await iterator.next();
    assert(!done);
    return value;
  };
  return { next, abort, iterator };
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text);
  await rename(`${path}.tmp`, path);
}

/** Many changes may arrive as one, or as a few. */
async function until(next: () => Promise<SourceState>, isIt: (state: SourceState) => boolean): Promise<SourceState> {
  for (;;) {
    const state = await next();
    if (isIt(state)) return state;
  }
}

function nodes(state: SourceState): unknown[] {
  // Every document in these tests is a map.
  return state.documents.map((document) => (document.content as { node: string }).node);
}
