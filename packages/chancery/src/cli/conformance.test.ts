import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../address.ts";
import { startControlPlane } from "../control-plane.ts";
import { type Ran, runCommand } from "./testdata/run-command.ts";

const free = { host: "127.0.0.1", port: 0 };

test("a scorecard says what holds, and leaves no snapshot behind", async () => {
  await using controlPlane = await startControlPlane({ xds: free, http: free });
  const { code, stdout } = await run([...addressesOf(controlPlane), "--only", "P19,P5x", "--quiet-ms", "5"]);
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^STATEMENT {2,}VARIANT {2,}THE SERVER {2,}OUTCOME\n/);
  assert.match(stdout, /^P18 P19 P20 +sotw +a NACK is known by its error.* pass$/m);
  assert.match(stdout, /^P51 +delta +a first request that names nothing means everything +pass$/m);
  assert.match(stdout, /\n\n(\d+) of \1 conversations hold, 0 skipped\n$/);
  assert.deepEqual([...controlPlane.snapshots.groups()], []);
});

test("the scorecard as JSON, of one variant, with what is ours, and with what is skipped", async () => {
  await using controlPlane = await startControlPlane({ xds: free, http: free });
  const options = ["--only", "P12,P19", "--variant", "sotw", "--ours", "--quiet-ms", "5", "--format", "json"];
  const { code, stdout } = await run([...addressesOf(controlPlane), ...options]);
  assert.equal(code, 0);
  const { statements, ...counts } = JSON.parse(stdout);
  assert.deepEqual(counts, { passed: 2, failed: 0, skipped: 1 });
  assert.deepEqual(statements[0], {
    ids: ["P12"],
    variant: "sotw",
    title: "what is superseded before it could be sent is not sent",
    ours: false,
    outcome: "skip",
    why: "nobody outside knows when the server could have sent",
  });
});

test("a server that does not conform fails, with the line where it went wrong", async () => {
  await using controlPlane = await startControlPlane({ xds: free, http: free });
  // Its snapshots go to another server than the one that is spoken to.
  await using other = await startControlPlane({ xds: free, http: free });
  const args = ["--target", formatAddress(controlPlane.xds), "--http", formatAddress(other.http), "--quiet-ms", "5"];
  const { code, stdout } = await run([...args, "--only", "P51"]);
  assert.equal(code, 1);
  assert.match(stdout, /FAIL: line 4, "< CDS 1 a=1 b=1": heard nothing/);
  assert.match(stdout, /^0 of 1 conversations hold/m);
});

for (const [missing, option] of [
  ["xds", "--target"],
  ["http", "--http"],
] as const) {
  test(`a server that is not there is named, with ${option} as the mend`, async () => {
    const controlPlane = await startControlPlane({ xds: free, http: free });
    const gone = await startControlPlane({ xds: free, http: free });
    await gone.close();
    const { code, stderr } = await run(addressesOf({ ...controlPlane, [missing]: gone[missing] }));
    await controlPlane.close();
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`Cannot reach a server at "127.0.0.1:${gone[missing].port}".*${option} HOST:PORT`));
  });
}

const mistakes: [args: string[], says: RegExp][] = [
  [["P19"], /Unknown argument "P19"/],
  [["--target", "18000"], /Cannot read --target "18000": write HOST:PORT/],
  [["--only", "19"], /Cannot use --only "19": write numbers of statements, such as P19 or P2x/],
  [["--only", "P99"], /There is no conversation to hold for P99/],
  [["--variant", "both"], /Cannot use --variant "both"/],
  [["--quiet-ms", "soon"], /Cannot read --quiet-ms "soon"/],
  [["--format", "xml"], /Cannot write format "xml"/],
];

for (const [args, says] of mistakes) {
  test(`"conformance ${args.join(" ")}" is a mistake`, async () => {
    const { code, stderr } = await run(args);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}

function addressesOf({ xds, http }: Record<"xds" | "http", { host: string; port: number }>): string[] {
  return ["--target", formatAddress(xds), "--http", formatAddress(http)];
}

async function run(args: readonly string[]): Promise<Ran> {
  return await runCommand(["conformance", ...args], ".", { env: {} });
}
