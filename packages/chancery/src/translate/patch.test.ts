import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyModelState, toModel } from "../model/parse.ts";
import type { Draft } from "./draft.ts";
import { patchDrafts } from "./patch.ts";

const cluster: Draft = {
  type: "clusters",
  name: "shop",
  json: { name: "shop", connectTimeout: "5s", healthChecks: [{ interval: "1s" }, { interval: "2s" }] },
  from: [],
};

const results: readonly (readonly [operations: readonly object[], json: object])[] = [
  [[{ op: "replace", path: "/connect_timeout", value: "1s" }], { ...cluster.json, connectTimeout: "1s" }],
  [[{ op: "add", path: "/alt_stat_name", value: "x" }], { ...cluster.json, alt_stat_name: "x" }],
  [[{ op: "remove", path: "/healthChecks/0" }], { ...cluster.json, healthChecks: [{ interval: "2s" }] }],
  [
    [{ op: "add", path: "/healthChecks/-", value: { interval: "3s" } }],
    { ...cluster.json, healthChecks: [{ interval: "1s" }, { interval: "2s" }, { interval: "3s" }] },
  ],
  [
    [{ op: "merge", value: { connect_timeout: null, metadata: { filterMetadata: { "a.b": { x: 1 } } } } }],
    {
      name: "shop",
      healthChecks: [{ interval: "1s" }, { interval: "2s" }],
      metadata: { filterMetadata: { "a.b": { x: 1 } } },
    },
  ],
  [[{ op: "merge", value: { alt_stat_name: "x", altStatName: "y" } }], { ...cluster.json, alt_stat_name: "y" }],
  [
    [
      { op: "test", path: "/healthChecks/1/interval", value: "2s" },
      { op: "replace", path: "/healthChecks/1/interval", value: "9s" },
    ],
    { ...cluster.json, healthChecks: [{ interval: "1s" }, { interval: "9s" }] },
  ],
];

for (const [operations, json] of results) {
  test(`a patch: ${JSON.stringify(operations)}`, () => {
    const { drafts, problems } = patch(operations);
    assert.deepEqual(problems, []);
    assert.deepEqual(drafts[0]?.json, json);
  });
}

const failures: readonly (readonly [operations: readonly object[], message: string])[] = [
  [
    [{ op: "replace", path: "/connectTimeOut", value: "1s" }],
    'cannot be applied to clusters "shop": there is no "connectTimeOut" at /connectTimeOut',
  ],
  [
    [{ op: "test", path: "/name", value: "store" }],
    'cannot be applied to clusters "shop": /name is "shop", not "store"',
  ],
  [
    [{ op: "remove", path: "/healthChecks/2" }],
    'cannot be applied to clusters "shop": there is no item "2" at /healthChecks/2',
  ],
  [
    [{ op: "add", path: "/name/x", value: 1 }],
    'cannot be applied to clusters "shop": /name/x leads into what is no object and no list',
  ],
];

for (const [operations, message] of failures) {
  test(`a patch that cannot be applied changes nothing: ${JSON.stringify(operations)}`, () => {
    const { drafts, problems } = patch([{ op: "add", path: "/altStatName", value: "x" }, ...operations]);
    assert.deepEqual(drafts, [cluster]);
    assert.deepEqual(
      problems.map(({ problem }) => [problem.path, problem.message]),
      [["operations[1]", message]],
    );
  });
}

test("a patch that makes what Envoy would refuse changes nothing, and is what is named", () => {
  const good: Draft = { ...cluster, json: { name: "shop" } };
  for (const [operations, path] of [
    [[{ op: "merge", value: { nonsense: 1 } }], "operations[0]"],
    [
      [
        { op: "test", path: "/name", value: "shop" },
        { op: "merge", value: { nonsense: 1 } },
      ],
      "operations",
    ],
  ] as const) {
    const { drafts, problems } = patch(operations, "shop", good);
    assert.deepEqual(drafts, [good]);
    const message = 'makes clusters "shop" what Envoy would refuse: unknown field "nonsense"';
    assert.deepEqual(
      problems.map(({ item, problem }) => [item.name, problem.path, problem.message]),
      [["tune", path, message]],
    );
  }
});

test("a patch that fits nothing is an error that says what there is", () => {
  const { drafts, problems } = patch([{ op: "remove", path: "/name" }], "store*");
  assert.deepEqual(drafts, [cluster]);
  assert.equal(problems[0]?.problem.message, 'fleet "edge" has no clusters that "store*" fits');
  assert.equal(problems[0]?.problem.hint, "it has shop");
});

test("the same draft and patch make the same draft", () => {
  const patches = read([{ op: "add", path: "/altStatName", value: "x" }], "shop");
  const [first, second] = [1, 2].map(() => patchDrafts([cluster], { fleet: "edge", patches }).drafts[0]);
  assert.equal(first, second);
});

function patch(operations: readonly object[], name = "shop", draft = cluster) {
  return patchDrafts([draft], { fleet: "edge", patches: read(operations, name) });
}

function read(operations: readonly object[], name: string) {
  const content = { patches: { tune: { target: { type: "clusters", name }, operations } } };
  const document = { origin: "test.yaml", content, positions: () => () => undefined };
  const { model } = toModel([document], emptyModelState);
  assert.deepEqual(model.problems, []);
  return model.patches;
}
