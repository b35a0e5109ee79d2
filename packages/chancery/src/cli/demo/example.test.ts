import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { portsOf } from "./description.ts";
import { exampleNames, findExample, prepareExample } from "./example.ts";

const usual = { host: "127.0.0.1", port: 18_001 };
const same = (port: number): readonly [number, number] => [port, port];

test("in the repository the files to edit are those of the example itself", async (t) => {
  const example = await findExample("hello", "/");
  const { folder, temporary } = await prepareExample(example, {
    ports: new Map(portsOf(example.description).map(({ port }) => same(port))),
    http: usual,
    folder: await temporaryFolder(t),
  });
  assert.match(folder, /examples.hello$/);
  assert.equal(temporary, false);
});

test("where the HTTP API is stands in what there is to try, and costs no copy", async (t) => {
  const example = await findExample("services", "/");
  const { description, temporary } = await prepareExample(example, {
    ports: new Map(portsOf(example.description).map(({ port }) => same(port))),
    http: { host: "127.0.0.1", port: 12_345 },
    folder: await temporaryFolder(t),
  });
  assert.equal(temporary, false);
  const text = JSON.stringify(description.try);
  assert.ok(text.includes("localhost:12345/metrics/fleet") && !text.includes("18001"));
});

test("with another port it is a copy that differs in the port only", async (t) => {
  const example = await findExample("hello", "/");
  const folder = await temporaryFolder(t);
  const copy = await prepareExample(example, { ports: new Map([[10_000, 12_345]]), http: usual, folder });
  assert.equal(copy.folder, join(folder, "hello"));
  assert.equal(copy.temporary, true);
  assert.deepEqual(copy.description.envoys["edge-1"]?.ports, [12_345]);
  const read = (path: string) => readFile(join(path, "chancery.yaml"), "utf8");
  const [before, after] = [await read(example.folder), await read(copy.folder)];
  assert.equal(after, before.replaceAll("10000", "12345"));
  assert.notEqual(after, before);
});

test("the word to edit stands in the first example once, so that any way to replace it works", async () => {
  const { folder } = await findExample("hello", "/");
  const text = await readFile(join(folder, "chancery.yaml"), "utf8");
  assert.equal(text.match(/service[12]/g)?.length, 1);
  assert.deepEqual(Object.keys(parse(text)), ["fleets", "gateways", "routes", "services"]);
});

test("a folder of one's own with a description is an example too", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "mine"));
  const write = (text: string) => writeFile(join(folder, "mine/.demo.yaml"), text);
  await write("title: Mine\nenvoys: { a: { cluster: a, ports: [1] } }\ntry: [{ what: x, run: 'true', see: x }]\n");
  const example = await findExample("mine", folder);
  assert.deepEqual([example.description.title, example.editable], ["Mine", true]);
  await write("title: Mine\nenvoys: { a: { cluster: a, port: 1 } }\ntry: [{ what: x, run: 'true', see: x }]\n");
  await assert.rejects(findExample("mine", folder), {
    code: "example-invalid",
    message: /\.demo\.yaml:2:28: envoys\.a\.port: unknown field "port"/,
  });
});

test("a name that does not exist lists those that do", async () => {
  const names = await exampleNames();
  assert.ok(names.includes("canary") && names.includes("hello"));
  await assert.rejects(findExample("canery", "/"), {
    code: "example-missing",
    message: `Cannot find an example "canery"; did you mean "canary"?\nThere are ${names.join(", ")}; or name a folder of your own.`,
  });
});

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "chancery-example-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
