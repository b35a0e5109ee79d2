import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRegex, toRegex } from "./re2.ts";

const refused: [regex: string, code: string, hint: RegExp | undefined][] = [
  ["^(?!/admin).*", "invalid-regex", /cannot look ahead or behind/],
  ["(?<=/a)b", "invalid-regex", /cannot look ahead or behind/],
  ["(a)\\1", "invalid-regex", /no back-references/],
  ["(?>a+)b", "invalid-regex", /never backtracks/],
  ["a++", "invalid-regex", /never backtracks/],
  ["a{1001}", "invalid-regex", /at most 1000 times/],
  ["a\\Z", "invalid-regex", /from beginning to end anyway/],
  ["a(?#why)", "invalid-regex", /no comments/],
  ["(", "invalid-regex", undefined],
  ["[a-z]{97}", "large-regex", /re2\.max_program_size\.error_level/],
];

for (const [regex, code, hint] of refused) {
  test(`the regular expression ${regex} is refused as Envoy refuses it`, () => {
    const problem = checkRegex(regex);
    assert.equal(problem?.code, code);
    assert(problem.message.includes(`"${regex}"`));
    if (hint === undefined) assert.equal(problem.hint, undefined);
    else assert.match(problem.hint ?? "", hint);
  });
}

for (const regex of ["/v[0-9]+/.*", "(?i)/A", "(?P<id>\\d+)", "(?<id>x)", "\\pL+", "[[:alpha:]]{2,5}", "[a-z]{96}"]) {
  test(`the regular expression ${regex} is taken`, () => {
    assert.equal(checkRegex(regex), undefined);
  });
}

test("a regular expression has to match all of the text", () => {
  assert.equal(toRegex("/a|/b")?.matches("/b"), true);
  assert.equal(toRegex("/a|/b")?.matches("/bc"), false);
});

test("a substitution knows groups, the whole match and backslashes", () => {
  assert.equal(toRegex("^/(\\w+)/(\\w+)$")?.replaceAll("/a/b", "/\\2/\\1/\\0\\\\$1"), "/b/a//a/b\\$1");
  assert.equal(toRegex("(a)|(b)")?.replaceAll("ab", "<\\1\\2>"), "<a><b>");
});
