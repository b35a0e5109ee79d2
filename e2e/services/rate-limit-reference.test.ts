import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { noRedis } from "../../packages/chancery/src/services/rate-limit/testdata/redis.ts";
import { startControlPlane } from "../harness/control-plane.ts";
import { prepareReference, startReference } from "../harness/rate-limit-reference.ts";
import { temporaryFolder } from "../harness/temporary-folder.ts";
import { Missing } from "../harness/tools.ts";
import { until } from "../harness/until.ts";

const limits = `
domain: edge
descriptors:
  - key: user
    rate_limit: { unit: day, requests_per_unit: 5 }
  - key: user
    value: ann
    rate_limit: { unit: day, requests_per_unit: 9, name: ann }
    descriptors:
      - key: path
        rate_limit: { unit: day, requests_per_unit: 3 }
      - key: path
        value: /free
        rate_limit: { unlimited: true }
      - key: path
        value: /shadow
        shadow_mode: true
        rate_limit: { unit: day, requests_per_unit: 1 }
  - key: user
    value: b*
    descriptors:
      - key: path
        value: /a*
        share_threshold: true
        rate_limit: { unit: hour, requests_per_unit: 4 }
      - key: path
        detailed_metric: true
        rate_limit: { unit: hour, requests_per_unit: 2 }
  - key: path
    value: /quota
    quota_mode: true
    rate_limit: { unit: day, requests_per_unit: 2 }
  - key: path
    rate_limit: { unit: day, requests_per_unit: 30, replaces: [{ name: ann }] }
  - key: banned
    rate_limit: { unit: second, requests_per_unit: 0 }
  - key: listed
`;

test("decisions are those of envoyproxy/ratelimit, with the same file", { skip: noRedis }, async (t) => {
  const program = await prepared(t);
  if (program === undefined) return;
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "config"));
  await writeFile(join(folder, "config", "edge.yaml"), limits);
  const reference = await startReference(t, program, { folder });
  const options = ["--rate-limits", join(folder, "config"), "--rate-limit-headers", "--rate-limit-metadata"];
  const controlPlane = await startControlPlane(t, { options });
  for (const [index, request] of requests(400).entries()) {
    const [ours, theirs] = await Promise.all([ask(`${controlPlane.url}/json`, request), ask(reference.json, request)]);
    assert.deepEqual(ours, theirs, `request ${index}: ${JSON.stringify(request)}`);
  }
  for (const wrong of [{ domain: "edge" }, { descriptors: [{ entries: [{ key: "user" }] }] }]) {
    assert.equal((await post(`${controlPlane.url}/json`, wrong)).status, (await post(reference.json, wrong)).status);
  }
});

test("envoyproxy/ratelimit gets the limits over xDS, and each change of them", { skip: noRedis }, async (t) => {
  const program = await prepared(t);
  if (program === undefined) return;
  const file = join(await temporaryFolder(t), "edge.yaml");
  await writeFile(file, limits);
  const controlPlane = await startControlPlane(t, { options: ["--rate-limits", file] });
  const reference = await startReference(t, program, { xdsPort: controlPlane.xdsPort });
  const rules = (text: string) => text.trim().split("\n").toSorted();
  const ours = async () => (await fetch(`${controlPlane.url}/rlconfig`)).text();
  // It dumps what is unlimited as if that had a unit, and takes quotas, of which it is not told, for shadows.
  const asDumped = (text: string) =>
    text
      .replaceAll(": unlimited,", ": unit=UNKNOWN requests_per_unit=0,")
      .replaceAll("shadow_mode: false, quota_mode: true", "shadow_mode: true, quota_mode: false");
  assert.deepEqual(rules(await reference.rules()), rules(asDumped(await ours())));
  await writeFile(file, `${limits}  - key: another\n    rate_limit: { unit: minute, requests_per_unit: 77 }\n`);
  await until("it has the new rule", async () => (await reference.rules()).includes("requests_per_unit=77"));
  assert.deepEqual(rules(await reference.rules()), rules(asDumped(await ours())));
});

/** Undefined, and the test is skipped, if the machine lacks what it takes. */
async function prepared(t: TestContext): Promise<string | undefined> {
  try {
    return await prepareReference();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    console.error(`Not tested: envoyproxy/ratelimit, since ${error.message}`);
    t.skip(error.message);
    return undefined;
  }
}

const words = {
  user: ["ann", "bob", "ben", "cid", ""],
  path: ["/", "/a", "/ab", "/free", "/shadow", "/quota"],
  banned: ["x"],
  listed: ["x"],
  unknown: ["x"],
} as const;

/** The same requests in every run, of all kinds. */
function requests(count: number): object[] {
  let seed = 7;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 16) % below;
  };
  const pick = <T>(list: readonly T[]) => list[next(list.length)];
  const entry = (key: keyof typeof words) => ({ key, value: pick(words[key]) });
  const descriptor = () => {
    const keys = Object.keys(words) as (keyof typeof words)[]; // of a literal, so that there are no others
    const entries = next(3) === 0 ? [entry("user"), entry("path")] : [entry(pick(keys) ?? "user")];
    return { entries, ...(next(5) === 0 && { hitsAddend: String(next(3)) }) };
  };
  return Array.from({ length: count }, () => ({
    domain: next(20) === 0 ? "other" : "edge",
    descriptors: Array.from({ length: 1 + next(3) }, descriptor),
    ...(next(4) === 0 && { hitsAddend: 1 + next(3) }),
  }));
}

async function post(url: string, body: object): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
}

/** The status and the answer; but for times, which are not the same when two are asked. */
async function ask(url: string, request: object): Promise<unknown> {
  const response = await post(url, request);
  const text = await response.text();
  const answer: unknown = JSON.parse(text, (key, value) => (key === "durationUntilReset" ? undefined : value));
  const untimed = JSON.parse(JSON.stringify(answer), (_, value) =>
    typeof value === "object" && value?.key === "RateLimit-Reset" ? "a time" : value,
  );
  return { status: response.status, answer: untimed };
}
