import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "@chancery/xds";
import { formatPlace } from "../../documents/document.ts";
import { parseDocuments } from "../../documents/parse.ts";
import { readRateLimits } from "./read.ts";

test("a good file has no problems, whatever of the reference's fields it uses", () => {
  const { domains, problems } = read(`
domain: messaging
descriptors:
  - key: message_type
    value: marketing
    descriptors:
      - key: to_number
        rate_limit: { name: "", unit: Day, requests_per_unit: 5, replaces: }
        shadow_mode: true
        detailed_metric: true
  - key: files
    value: files/*
    share_threshold: true
    value_to_metric: false
    rate_limit: { unit: WEEK, requests_per_unit: 4294967295 }
    quota_mode: true
  - key: port
    value: 8080
  - key: empty
    value:
    descriptors:
    rate_limit: { unlimited: true, unit: "" }
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    domains?.get("messaging")?.rules.map(({ name }) => name),
    ["messaging.message_type_marketing.to_number", "messaging.files_files/*", "messaging.empty"],
  );
});

test("each mistake is named with its place and the mend, and then nothing of all is used", () => {
  const { domains, problems } = read(`
domain: edge
descriptors:
  - key: a
    value: x
    rate_limit: { unit: fortnight, requests_per_unit: -1 }
  - key: b
    rate_limit: { requests_per_minute: 5 }
`);
  assert.equal(domains, undefined);
  assert.deepEqual(problems, [
    'test.yaml:6:19: descriptors[0].rate_limit.unit: "fortnight" is not one of second, minute, hour, day, week, month and year',
    "test.yaml:6:36: descriptors[0].rate_limit.requests_per_unit: must be at least 0",
    'test.yaml:8:19: descriptors[1].rate_limit.requests_per_minute: unknown field "requests_per_minute"; did you mean "requests_per_unit"?',
  ]);
});

test("what the fields say together is checked too", () => {
  const { domains, problems } = read(`
domain: edge
descriptors:
  - key: a
    value: x
    rate_limit: { unlimited: true, unit: minute }
  - key: a
    value: x
    rate_limit: { name: own, replaces: [{ name: own }], burst: 3 }
  - key: a
    share_threshold: true
    shadow_mode: true
    descriptors:
      - key: b
        rate_limit: { unit: minute, requests_per_unit: 1, replaces: [{ name: onw }] }
`);
  assert.equal(domains, undefined);
  assert.deepEqual(problems, [
    "test.yaml:6:36: descriptors[0].rate_limit.unit: what is unlimited has no unit; leave out unit, or unlimited",
    'test.yaml:7:5: descriptors[1].key: key "a" and value "x" are in descriptors[0] already; put them together',
    "test.yaml:9:5: descriptors[1].rate_limit.unit: is missing; write unit: minute, or unlimited: true",
    "test.yaml:9:5: descriptors[1].rate_limit.requests_per_unit: is missing; write how many requests may pass in a unit; 0 lets none pass",
    "test.yaml:9:57: descriptors[1].rate_limit.burst: fixed_window has no burst; write algorithm: gcra, or leave out burst",
    "test.yaml:9:43: descriptors[1].rate_limit.replaces[0].name: a limit does not replace itself; leave it out",
    "test.yaml:11:5: descriptors[2].share_threshold: values share a limit only where one stands for many; write a value with *",
    "test.yaml:12:5: descriptors[2].shadow_mode: has no effect without rate_limit beside it",
    'test.yaml:15:72: descriptors[2].descriptors[0].rate_limit.replaces[0].name: no limit of this domain is named "onw"; did you mean "own"?',
  ]);
});

test("documents of one domain are put together", () => {
  const { domains, problems } = read(`
domain: edge
descriptors:
  - { key: a, rate_limit: { unit: day, requests_per_unit: 1, name: one } }
---
domain: other
descriptors:
  - { key: a, rate_limit: { unit: day, requests_per_unit: 2 } }
---
domain: edge
descriptors:
  - { key: b, rate_limit: { unit: day, requests_per_unit: 3, replaces: [{ name: one }] } }
  - { key: a, value: x, rate_limit: { unit: day, requests_per_unit: 4 } }
---
domain: edge
`);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...(domains?.values() ?? [])].map(({ rules }) => rules.map(({ name }) => name)),
    [["edge.a", "edge.b", "edge.a_x"], ["other.a"]],
  );
});

test("what two documents of a domain have is a problem of the second one", () => {
  const { domains, problems } = read(`
domain: edge
descriptors: [{ key: a }, { key: a, value: x }]
---
domain: edge
descriptors:
  - key: b
  - { key: a, value: x }
  - key: b
`);
  assert.equal(domains, undefined);
  assert.deepEqual(problems, [
    'test.yaml:9:5: descriptors[2].key: key "b" is in descriptors[0] already; put them together',
    'test.yaml:8:7: descriptors[1].key: key "a" and value "x" are in test.yaml:3:29 already; put them together',
  ]);
});

test("a document that is no object, or has no domain, is a problem", () => {
  assert.match(read("- a\n").problems[0] ?? "", /must be an object, not a list/);
  assert.match(read("descriptors: []\n").problems[0] ?? "", /domain: is missing/);
  assert.match(read('domain: ""\n').problems[0] ?? "", /domain: must not be empty/);
});

function read(text: string) {
  const parsed = parseDocuments(text, { origin: "test.yaml", format: "yaml" });
  assert.ok(parsed.ok);
  const { domains, problems } = readRateLimits(parsed.documents);
  return {
    domains,
    problems: problems.map((problem) => `${formatPlace(problem.origin, problem.position)}: ${formatProblem(problem)}`),
  };
}
