import assert from "node:assert/strict";
import { test } from "node:test";
import { ChanceryError } from "../errors.ts";
import { version } from "../version.ts";
import { defineCommand } from "./command.ts";
import { commands } from "./commands.ts";
import { type Ran, runCommand } from "./testdata/run-command.ts";

const seen: unknown[] = [];

const paint = defineCommand({
  name: "paint",
  summary: "Paint a wall",
  usage: "paint [OPTIONS] [WALL…]",
  examples: [{ command: "chancery paint north", what: "paint one" }],
  options: {
    color: { type: "string", short: "c", value: "NAME", default: "white", help: "Which colour" },
    brush: { type: "string", multiple: true, help: "Which brushes" },
    sign: { type: "string", help: "What to sign with" },
    quick: { type: "boolean", help: "One coat only" },
  },
  async run({ values, positionals }) {
    seen.push({ ...values, positionals });
    return 3;
  },
});

const fail = defineCommand({
  name: "fail",
  summary: "Fail",
  usage: "fail",
  examples: [],
  options: {},
  async run() {
    throw new ChanceryError("broken", 'Cannot open "door": it is locked');
  },
});

test("a command gets its values, defaults and positionals, and gives the exit code", async () => {
  const { code } = await run("paint", "-c", "red", "--brush=a", "--brush", "b", "north", "--quick", "--", "--south");
  assert.equal(code, 3);
  const positionals = ["north", "--south"];
  assert.deepEqual(seen.pop(), { color: "red", brush: ["a", "b"], sign: undefined, quick: true, positionals });
  await run("paint");
  assert.deepEqual(seen.pop(), { color: "white", brush: [], sign: undefined, quick: false, positionals: [] });
});

for (const args of [["--help"], ["-h"], ["help"]]) {
  test(`"${args.join(" ")}" lists the commands`, async () => {
    const { code, stdout } = await run(...args);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}paint +Paint a wall$/m);
    assert.match(stdout, /Exit codes:/);
  });
}

for (const args of [
  ["paint", "--help"],
  ["paint", "-h"],
  ["help", "paint"],
]) {
  test(`"${args.join(" ")}" explains the command`, async () => {
    const { code, stdout } = await run(...args);
    assert.equal(code, 0);
    assert.match(stdout, /^ {2}-c, --color NAME +Which colour \[white\]$/m);
    assert.match(stdout, /^ {2}# paint one\n {2}chancery paint north$/m);
  });
}

test("every command has a summary, examples and help", async () => {
  for (const [name, load] of Object.entries(commands)) {
    const command = await load();
    assert.equal(command.name, name);
    assert.notEqual(command.examples.length, 0, command.name);
    const { code, stdout } = await run(command.name, "--help");
    assert.equal(code, 0);
    assert(stdout.startsWith(`chancery ${command.name}: ${command.summary}\n`));
  }
});

for (const args of [["--version"], ["-V"]]) {
  test(`"${args.join(" ")}" says the version`, async () => {
    assert.deepEqual(await run(...args), { code: 0, stdout: `${version}\n`, stderr: "" });
  });
}

test("no command at all is a mistake, answered with help", async () => {
  const { code, stderr } = await run();
  assert.equal(code, 2);
  assert.match(stderr, /Commands:/);
});

const mistakes: [args: string[], says: string][] = [
  [["piant"], 'There is no command "piant"; did you mean "paint"?'],
  [["help", "piant"], 'There is no command "piant"; did you mean "paint"?'],
  [["wash"], 'There is no command "wash"; there are paint, fail, serve'],
  [["--verison"], 'There is no option "--verison"; did you mean "--version"?'],
  [["paint", "--colour"], 'There is no option "--colour"; did you mean "--color"?'],
  [["paint", "-x"], 'There is no option "-x"'],
  [["paint", "--color"], 'Option "--color" needs a value: --color NAME'],
  [["paint", "--color", "--quick"], 'Option "--color" needs a value: --color NAME'],
  [["paint", "--quick=yes"], 'Option "--quick" takes no value'],
  [["paint", "--constructor"], 'There is no option "--constructor"'],
];

for (const [args, says] of mistakes) {
  test(`"${args.join(" ")}" is a mistake, and what would be right is said`, async () => {
    const { code, stderr } = await run(...args);
    assert.equal(code, 2);
    assert(stderr.startsWith(`chancery: ${says}`), stderr);
    assert.match(stderr, /\nTry "chancery .*--help"\.\n$/);
  });
}

test("a failure is one line and exit code 1", async () => {
  assert.deepEqual(await run("fail"), { code: 1, stdout: "", stderr: 'chancery: Cannot open "door": it is locked\n' });
});

async function run(...args: string[]): Promise<Ran> {
  const added = { paint: async () => paint, fail: async () => fail };
  return await runCommand(args, ".", { commands: { ...added, ...commands }, env: {} });
}
