import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./issues.ts";
import { route } from "./route.ts";

const cases: readonly { readonly name: string; readonly rule: object; readonly problem: RegExp }[] = [
  {
    name: "a regular expression that RE2 lacks",
    rule: { match: { path: { regex: "/(?!admin).*" } } },
    problem: /^match\.path\.regex: RE2 refuses .* \| RE2 cannot look ahead/,
  },
  {
    name: "a regular expression that Envoy finds too large",
    rule: { match: { headers: { "x-id": { regex: "[0-9a-f]{200}" } } } },
    problem: /^match\.headers\.x-id\.regex: Envoy refuses .*program size/,
  },
  {
    name: "a substitution for a group that is not there",
    rule: { rewrite: { regex: { pattern: "/(a)/(b)", substitution: "/\\3" } } },
    problem: /^rewrite\.regex\.substitution: \\3 stands for a group that the pattern/,
  },
  {
    name: "a substitution with a stray backslash",
    rule: { redirect: { regex: { pattern: "/a", substitution: "\\x" } } },
    problem: /^redirect\.regex\.substitution: a backslash must stand before/,
  },
  {
    name: "a long condition on the query that is turned round",
    rule: { match: { query: { token: { exact: "x".repeat(80), not: true } } } },
    problem: /^match\.query\.token\.not: is too long to be turned round \| write a rule/,
  },
  {
    name: "two forms of a path at once",
    rule: { match: { path: { exact: "/a", prefix: "/b" } } },
    problem: /^match\.path: must have one of exact, prefix and regex/,
  },
  {
    name: "two forms of a text at once",
    rule: { match: { headers: { "x-a": { exact: "a", prefix: "b" } } } },
    problem: /^match\.headers\.x-a: must have one of exact, prefix, suffix, contains, regex and present/,
  },
  {
    name: "a change of the host as a header",
    rule: { headers: { request: { set: { Host: "a.example.com" } } } },
    problem: /^headers\.request\.set\.[Hh]ost: cannot be changed as a header; rewrite\.host changes the host/,
  },
  {
    name: "a percent sign that begins no command operator",
    rule: { headers: { response: { set: { "x-off": "100%" } } } },
    problem: /^headers\.response\.set\.x-off: has a % that begins no command operator \| write %% for a percent sign/,
  },
  {
    name: "a command operator that Envoy does not know",
    rule: { headers: { request: { add: { "x-client": "is %DOWNSTREAM_REMOTE_ADRESS%" } } } },
    problem:
      /x-client: has %DOWNSTREAM_REMOTE_ADRESS%, which Envoy does not know \| did you mean %DOWNSTREAM_REMOTE_ADDRESS%\?/,
  },
  {
    name: "a command operator without what it is for",
    rule: { headers: { request: { set: { "x-a": "%REQ%" } } } },
    problem: /x-a: has %REQ% without its argument: %REQ\(…\)%/,
  },
  {
    name: "an answer that is longer than Envoy sends",
    rule: { respond: { status: 200, body: "ü".repeat(2049) } },
    problem: /^respond\.body: must be at most 4096 bytes/,
  },
];

for (const { name, rule, problem } of cases) {
  test(`${name} is a problem at its place`, () => {
    const result = check(route, { parents: "public", ...rule }, "");
    assert(!result.ok);
    const [{ path, message, hint = "" } = { path: "", message: "" }, ...others] = result.problems;
    assert.match(`${path}: ${message} | ${hint}`, problem);
    assert.deepEqual(others, []);
  });
}

test("command operators with arguments and lengths, and escaped percent signs, are good values", () => {
  const set = { "x-a": "%REQ(x-b?x-c):10% 100%% %START_TIME(%s)% %TLS_JA3_FINGERPRINT%" };
  assert.equal(check(route, { parents: "public", headers: { request: { set } } }, "").ok, true);
});

test("what stands for a group, a match or a backslash is a good substitution", () => {
  const rewrite = { regex: { pattern: "/(a)/(b)", substitution: "\\2\\0\\\\1" } };
  assert.equal(check(route, { parents: "public", rewrite }, "").ok, true);
});
