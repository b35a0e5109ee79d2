import assert from "node:assert/strict";
import { chmod, copyFile, mkdir, mkdtemp, open, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { type TestContext, test } from "node:test";
import type { TlsOptions } from "@chancery/xds/grpc";
import { createLogger } from "../logs.ts";
import { beNobody } from "../sources/testdata/be-nobody.ts";
import { keepWriting } from "../sources/testdata/keep-writing.ts";
import { replaceFile } from "../sources/testdata/replace-file.ts";
import { type FollowServerTls, followServerTls, readServerTls } from "./server-tls.ts";

const testdata = join(import.meta.dirname, "../translate/testdata");
const good = await readFile(join(testdata, "shop.pem"), "utf8");

test("a new certificate is handed over, one that is wrong is logged and changes nothing", async (t) => {
  const folder = await pair(t);
  const { next } = await follow(t, folder);
  await replaceFile(join(folder, "cert.pem"), `${good}\n`);
  assert.equal(await next(), `${good}\n`);
  await replaceFile(join(folder, "cert.pem"), "wrong");
  assert.match(await next(), /Cannot speak TLS with "cert.pem": .*; the xDS port keeps the certificate that it has/);
});

test("a Kubernetes volume changes by its ..data link", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "chancery-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  const version = async (name: string, cert: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, "cert.pem"), cert);
    await copyFile(join(testdata, "shop.key.pem"), join(folder, name, "key.pem"));
    await symlink(name, join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  };
  await version("..1", good);
  for (const name of ["cert.pem", "key.pem"]) await symlink(`..data/${name}`, join(folder, name));
  const { next } = await follow(t, folder);
  for (const count of [2, 3]) {
    await version(`..${count}`, good + "\n".repeat(count));
    await rm(join(folder, `..${count - 1}`), { recursive: true });
    assert.equal(await next(), good + "\n".repeat(count));
  }
});

test("a link to a file elsewhere is followed, also when that file is written", async (t) => {
  const elsewhere = await pair(t);
  const folder = await mkdtemp(join(tmpdir(), "chancery-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of ["cert.pem", "key.pem"]) await symlink(join(elsewhere, name), join(folder, name));
  const { next } = await follow(t, folder);
  for (const count of [1, 2]) {
    await replaceFile(join(elsewhere, "cert.pem"), good + "\n".repeat(count));
    assert.equal(await next(), good + "\n".repeat(count));
  }
});

test("what is written beside the files does not have them read again", async (t) => {
  const folder = await pair(t);
  const { next, said } = await follow(t, folder);
  await replaceFile(join(folder, "cert.pem"), "wrong");
  assert.match(await next(), /cert.pem/);
  for (let i = 0; i < 5; i++) {
    await writeFile(join(folder, `${i}.log`), "x");
    await lookElsewhere(t);
  }
  // The first look may have seen the change before it was heard of, and was made again then.
  assert.ok(said.length <= 1, `read ${said.length} times more`);
});

test("a new certificate does not wait until it is quiet beside the files", { timeout: 20_000 }, async (t) => {
  const folder = await pair(t);
  const { next } = await follow(t, folder, { settleMs: 50, maxSettleMs: 60_000 });
  await using writing = new AsyncDisposableStack();
  for (const count of [1, 2]) {
    await replaceFile(join(folder, "cert.pem"), good + "\n".repeat(count));
    assert.equal(await next(), good + "\n".repeat(count));
    if (count === 1) writing.use(keepWriting(folder));
  }
});

test("a folder that the system refuses to watch is polled", async (t) => {
  const folder = await pair(t);
  // What is in it may be opened by name.
  await chmod(folder, 0o711);
  await using file = await open(join(folder, "cert.pem"), "r+");
  using _nobody = beNobody();
  const { next } = await follow(t, folder, { pollMs: 1 });
  for (const count of [1, 2]) {
    await file.write(good + "\n".repeat(count), 0);
    assert.equal(await next(), good + "\n".repeat(count));
  }
});

test("what stays wrong in a folder that is polled is logged once", async (t) => {
  const folder = await pair(t);
  await chmod(folder, 0o711);
  await using file = await open(join(folder, "cert.pem"), "r+");
  using _nobody = beNobody();
  const { next, said } = await follow(t, folder, { pollMs: 1 });
  for (const wrong of ["x", "y", "x"]) {
    await file.write(wrong, 0);
    assert.match(await next(), /cert.pem/);
    for (let i = 0; i < 3; i++) await lookElsewhere(t);
    assert.deepEqual(said, []);
  }
  await file.write(`${good}\n`, 0);
  assert.equal(await next(), `${good}\n`);
  await file.write("x", 0);
  assert.match(await next(), /cert.pem/);
});

async function pair(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "cert.pem"), good);
  await copyFile(join(testdata, "shop.key.pem"), join(folder, "key.pem"));
  return folder;
}

/** Takes as long as it takes to hear of a change, to read the files and to find them wrong. */
async function lookElsewhere(t: TestContext): Promise<void> {
  const folder = await pair(t);
  const { next } = await follow(t, folder);
  await replaceFile(join(folder, "cert.pem"), "wrong");
  assert.match(await next(), /cert.pem/);
}

async function follow(t: TestContext, cwd: string, options: Partial<FollowServerTls> = {}) {
  const files = { cert: "cert.pem", key: "key.pem" };
  const said: string[] = [];
  let onSaid = () => {};
  const say = (what: string) => {
    said.push(what);
    onSaid();
  };
  const lines = new PassThrough({ encoding: "utf8" }).on("data", (text: string) => say(JSON.parse(text).msg));
  const following = followServerTls(files, {
    ...{ cwd, settleMs: 1, maxSettleMs: 100, ...options },
    current: await readServerTls(files, cwd),
    log: createLogger(lines, { level: "error", format: "json" }),
    onChange: ({ cert }: TlsOptions) => say(String(cert)),
  });
  t.after(() => following[Symbol.asyncDispose]());
  return {
    said,
    /** The next new certificate, or error. */
    async next(): Promise<string> {
      while (said.length === 0) {
        await new Promise<void>((resolve) => {
          onSaid = resolve;
        });
      }
      return said.shift() ?? "";
    },
  };
}
