// Golden files: testdata/<feature>.in.yaml has resources and requests, <feature>.out.txt the trace of each and what a
// test is told. `UPDATE_GOLDEN=1 npx node --conditions=chancery-source --test packages/chancery/src/explain/golden.test.ts`
// rewrites the outputs.
import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { parseSnapshot } from "@chancery/xds";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { answerOf } from "./answer.ts";
import { explain } from "./explain.ts";
import { explanation } from "./explanation.ts";
import { formatExplanation } from "./format.ts";
import { readRequest, requestInput } from "./request.ts";
import { resourcesOf } from "./resources.ts";

const folder = join(import.meta.dirname, "testdata");

const inputFile = z.object({ resources: z.unknown(), requests: z.array(requestInput) });

for (const input of globSync("*.in.yaml", { cwd: folder }).sort()) {
  test(`${basename(input, ".in.yaml")} are explained as they were`, () => {
    const output = join(folder, input.replace(".in.yaml", ".out.txt"));
    const text = explainAll(readFileSync(join(folder, input), "utf8"));
    if (process.env.UPDATE_GOLDEN) writeFileSync(output, text);
    assert.equal(text, readFileSync(output, "utf8"));
  });
}

function explainAll(text: string): string {
  const { resources, requests } = inputFile.parse(parse(text, { merge: true }));
  const parsed = parseSnapshot({ resources });
  assert(parsed.ok, JSON.stringify(parsed.problems));
  const known = resourcesOf(parsed.snapshot);
  const parts = requests.map((input) => {
    const read = readRequest(input);
    assert(read.ok, JSON.stringify(read));
    const explained = explain(known, read.request);
    assert.deepEqual(explanation.parse(explained), explained, "the API's schema describes all of it");
    const { maybe, ...answer } = answerOf(explained);
    const answerText = stringify({ ...answer, maybe: maybe.map(({ name }) => name) }, { lineWidth: 0 });
    return `${formatExplanation(explained)}\n${answerText.replace(/^/gm, "  ").trimEnd()}\n`;
  });
  return parts.join("\n");
}
