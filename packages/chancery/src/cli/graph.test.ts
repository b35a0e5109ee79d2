import assert from "node:assert/strict";
import { test } from "node:test";
import { shopModel } from "../explain/testdata/shop-model.ts";
import { folderWith, runCommand } from "./testdata/run-command.ts";

test("graph draws a model, fenced for pages if it is asked to", async (t) => {
  const cwd = await folderWith(t, { "shop.yaml": shopModel });
  const plain = await runCommand(["graph", "shop.yaml"], cwd);
  assert.deepEqual([plain.code, plain.stderr], [0, ""]);
  assert.match(plain.stdout, /^flowchart LR\n {2}subgraph g0\["Fleet edge"\]\n/);
  assert.match(plain.stdout, /\["shop#35;api<br\/>\/api\/\*"\]/);
  const page = await runCommand(["graph", "shop.yaml", "--format", "markdown"], cwd);
  assert.equal(page.stdout, `\`\`\`mermaid\n${plain.stdout}\`\`\`\n`);
  const bare = await runCommand(["graph", "shop.yaml", "--endpoints", "0", "--fleet", "edge"], cwd);
  assert.match(bare.stdout, /\("Service<br\/>shop"\)\n.*\[\("1 more"\)\]/);
});

test("graph draws what is good, and names what is not", async (t) => {
  const cwd = await folderWith(t, { "shop.yaml": `${shopModel}  bad: { nix: 1 }\n` });
  const { code, stdout, stderr } = await runCommand(["graph", "."], cwd);
  assert.equal(code, 1);
  assert.match(stderr, /routes\.bad\.nix: unknown field/);
  assert.match(stdout, /shop#35;api/);
});

const mistakes: [args: string[], code: number, says: RegExp][] = [
  [[], 2, /Name a file or a folder/],
  [[".", "--endpoints", "many"], 2, /Cannot read --endpoints "many"/],
  [[".", "--format", "svg"], 2, /write one of mermaid, markdown/],
  [[".", "--fleet", "core"], 1, /There is no fleet "core"; there are edge/],
];

for (const [args, code, says] of mistakes) {
  test(`"graph ${args.join(" ")}" ends with ${code}`, async (t) => {
    const ran = await runCommand(["graph", ...args], await folderWith(t, { "shop.yaml": shopModel }));
    assert.equal(ran.code, code);
    assert.match(ran.stderr, says);
  });
}
