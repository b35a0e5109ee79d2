import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyModelState, toModel } from "../model/parse.ts";
import { toGraph } from "./graph.ts";
import { escapeLabel } from "./mermaid.ts";

const content = {
  fleets: { edge: { match: "edge-*", gateways: "public" }, inner: { match: "inner-*", gateways: "private" } },
  gateways: {
    public: { listeners: { https: { protocol: "HTTPS", port: 443, hostnames: "*.example.com", tls: {} } } },
    private: { listeners: { db: { protocol: "TCP", port: 5432 } } },
  },
  services: {
    shop: { endpoints: ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"], failover: "spare" },
    spare: { endpoints: "[::1]:80" },
    canary: { endpoints: "canary.internal:80" },
    db: { endpoints: "unix:/run/db.sock" },
  },
  routes: {
    shop: {
      parents: "public",
      hosts: "shop.example.com",
      rules: {
        old: { match: { path: "/old" }, redirect: { path: "/new", status: 301 } },
        api: {
          match: [{ path: "/api/*", methods: "GET", headers: { "x-a": "1" } }, { path: "/v1/*" }],
          to: [
            { service: "shop", weight: 90 },
            { service: "canary", weight: 10 },
          ],
          mirror: "canary",
        },
      },
    },
    db: { parents: "private", protocol: "tcp", to: "db" },
  },
};

test("a graph has a frame for each fleet, and in it all that requests go through", () => {
  assert.equal(
    toGraph(model(), { maxEndpoints: 2 }),
    `flowchart LR
  subgraph g0["Fleet edge"]
    n0(["Gateway<br/>public"])
    n1{{"https<br/>HTTPS 443<br/>*.example.com"}}
    n0 --> n1
    n2["shop#35;old<br/>/old<br/>redirect 301"]
    n1 -->|"shop.example.com"| n2
    n3["shop#35;api<br/>GET /api/*, header x-a or 1 more"]
    n1 -->|"shop.example.com"| n3
    n4("Service<br/>shop")
    n5[("10.0.0.1:80")]
    n4 --> n5
    n6[("10.0.0.2:80")]
    n4 --> n6
    n7[("1 more")]
    n4 --> n7
    n8("Service<br/>spare")
    n9[("[::1]:80")]
    n8 --> n9
    n4 -.->|"failover"| n8
    n3 -->|"90%"| n4
    n10("Service<br/>canary")
    n11[("canary.internal:80")]
    n10 --> n11
    n3 -->|"10%"| n10
    n3 -.->|"mirror"| n10
  end
  subgraph g1["Fleet inner"]
    n12(["Gateway<br/>private"])
    n13{{"db<br/>TCP 5432"}}
    n12 --> n13
    n14["db"]
    n13 -->|"*"| n14
    n15("Service<br/>db")
    n16[("unix:/run/db.sock")]
    n15 --> n16
    n14 --> n15
  end
`,
  );
});

test("a graph of some fleets has no others", () => {
  const graph = toGraph(model(), { fleets: ["inner"] });
  assert.match(graph, /Fleet inner/);
  assert.doesNotMatch(graph, /Fleet edge|shop/);
});

test("text that means something to Mermaid or HTML is harmless in a label", () => {
  assert.equal(escapeLabel(`a "b" <c> & #d \`e\` | ;`), "a #34;b#34; #60;c#62; #38; #35;d #96;e#96; #124; #59;");
  assert.equal(escapeLabel("/api/*, ^x$ → ü"), "/api/*, ^x$ #8594; ü");
  assert.equal(escapeLabel("a\nb"), "a#10;b");
});

function model() {
  const { model } = toModel([{ origin: "test", content, positions: () => () => undefined }], emptyModelState);
  assert.deepEqual(model.problems, []);
  return model;
}
