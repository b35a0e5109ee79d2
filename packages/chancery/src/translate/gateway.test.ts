import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListenerJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_pb.js";
import type { RouteConfigurationJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_pb.js";
import { KeyedList } from "../keyed-list.ts";
import { type Config, type KindKey, kinds } from "../model/kinds.ts";
import type { Item, ItemsByKind } from "../model/model.ts";
import type { Draft } from "./draft.ts";
import { createGatewayTranslator } from "./gateway.ts";
import { createPolicies, gatewaysWithPolicies } from "./policy/policies.ts";

const config: Config = {
  fleets: { edge: { match: "*" } },
  gateways: {
    public: {
      listeners: {
        http: { protocol: "HTTP", port: 8080 },
        https: { protocol: "HTTPS", port: 8443, tls: { certificates: "shop" } },
        db: { protocol: "TCP", port: 5432 },
      },
    },
  },
  certificates: { shop: { files: { cert: "shop.pem", key: "shop.key.pem" } } },
  services: { shop: { endpoints: "10.0.0.5:8080" }, other: { endpoints: "10.0.0.6:8080" } },
  routes: {
    shop: {
      parents: "public/http",
      hosts: "shop.example.com",
      rules: { api: { match: { path: "/api/*" }, to: "shop" }, rest: { to: ["shop", "other"] } },
    },
    other: { parents: "public", hosts: "other.example.com", to: "other" },
    db: { parents: "public", protocol: "tcp", to: "shop" },
  },
};

test("names on the wire come from the names of gateways, listeners, hosts and rules", () => {
  const { translate } = createTranslation();
  const drafts = translate({});
  assert.deepEqual(
    [...drafts.keys()],
    [
      ...["listeners/public:8080", "listeners/public:8443", "listeners/public:5432"],
      ...["routes/public/http", "routes/public/https"],
    ],
  );
  assert.deepEqual(
    hostsOf(drafts).map(({ name, routes = [] }) => [name, ...routes.map((route) => route.name)]),
    [
      ["public/http/other.example.com", "other#all"],
      ["public/http/shop.example.com", "shop#api", "shop#rest"],
    ],
  );
});

test("what did not change is the same object", () => {
  const { translate } = createTranslation();
  const before = translate({});
  assert.deepEqual(changed(before, translate({})), []);
});

test("a rule changes its route configuration, in it its host, and no listener", () => {
  const { translate } = createTranslation();
  const before = translate({});
  const after = translate({ routes: { shop: { to: "shop", parents: "public/http", hosts: "shop.example.com" } } });
  assert.deepEqual(changed(before, after), ["routes/public/http"]);
  const [otherBefore] = hostsOf(before);
  assert.equal(hostsOf(after)[0], otherBefore);
});

test("of a changed route object the rules that did not change keep their routes", () => {
  const { translate } = createTranslation();
  const before = hostsOf(translate({}))[1]?.routes ?? [];
  const rules = { api: { match: { path: "/v2/*" }, to: "shop" }, rest: { to: ["shop", "other"] } };
  const after = hostsOf(
    translate({ routes: { shop: { parents: "public/http", hosts: "shop.example.com", rules } } }),
  )[1];
  assert.notEqual(after?.routes?.[0], before[0]);
  assert.equal(after?.routes?.[1], before[1]);
});

test("endpoints and certificates change nothing here", () => {
  const { translate } = createTranslation();
  const before = translate({});
  const after = translate({
    services: { shop: { endpoints: ["10.0.0.7:8080", "10.0.0.8:8080"], limits: { requests: 7 } } },
    certificates: { shop: { files: { cert: "new.pem", key: "new.key.pem" } } },
  });
  assert.deepEqual(changed(before, after), []);
});

test("a host header of a service changes the rules that send requests to it", () => {
  const { translate } = createTranslation();
  const before = translate({});
  const after = translate({ services: { other: { endpoints: "10.0.0.6:8080", hostHeader: "other.internal" } } });
  assert.deepEqual(changed(before, after), ["routes/public/http", "routes/public/https"]);
  const shop = (drafts: Drafts) => hostsOf(drafts)[1]?.routes?.[0];
  assert.equal(shop(after), shop(before));
});

test("a route that comes or goes leaves the other hosts as they are, in order of their names", () => {
  const { translate } = createTranslation();
  const before = translate({});
  const after = translate({ routes: { more: { parents: "public/http", hosts: "more.example.com", respond: 200 } } });
  assert.deepEqual(
    hostsOf(after).map(({ domains = [] }) => domains[0]),
    ["more.example.com", "other.example.com", "shop.example.com"],
  );
  assert.deepEqual([hostsOf(after)[1], hostsOf(after)[2]], hostsOf(before));
  const gone = translate({ routes: { more: undefined } });
  assert.deepEqual(hostsOf(gone), hostsOf(before));
  assert.equal(hostsOf(gone)[0], hostsOf(before)[0]);
});

test("a route that moves to the host of another leaves nothing behind, and the first keeps the host", () => {
  const { translate } = createTranslation();
  translate({});
  const moved = translate({ routes: { other: { parents: "public/http", hosts: "shop.example.com", to: "other" } } });
  assert.deepEqual(rulesOf(moved), [["shop#api", "shop#rest"]]);
});

test("routes that leave it to precedence share a host, whatever the order of the documents", () => {
  const { translate } = createTranslation();
  const shared = { parents: "public/http", hosts: "shop.example.com", order: "precedence", to: "shop" };
  const wide = { ...shared, match: { path: "/a/*" } };
  const narrow = { ...shared, match: { path: "/a/b/*" } };
  const drafts = translate({ routes: { shop: wide, other: narrow } });
  assert.deepEqual(rulesOf(drafts), [["other#all", "shop#all"]]);
  assert.deepEqual(rulesOf(translate({ routes: { shop: narrow, other: wide } })), [["shop#all", "other#all"]]);
});

test("a stream route changes the listener of its port only", () => {
  const { translate } = createTranslation();
  const before = translate({});
  const after = translate({ routes: { db: { parents: "public", protocol: "tcp", to: "other" } } });
  assert.deepEqual(changed(before, after), ["listeners/public:5432"]);
});

test("a draft knows what it was made from", () => {
  const drafts = createTranslation().translate({});
  const from = (key: string) => drafts.get(key)?.from.map(({ kind, name }) => `${kind}/${name}`);
  assert.deepEqual(from("listeners/public:5432"), ["gateways/public", "fleets/edge", "routes/db"]);
  assert.deepEqual(from("routes/public/http"), ["gateways/public", "routes/shop", "routes/other"]);
  assert.deepEqual(from("routes/public/https"), ["gateways/public", "routes/other"]);
});

test("a server name that two listeners of a port want is the first one's", () => {
  const tls = { certificates: "shop" };
  const https = { protocol: "HTTPS" as const, port: 8443, tls };
  const listeners = {
    a: { ...https, hostnames: ["a.example.com", "b.example.com"] },
    b: { ...https, hostnames: ["b.example.com", "c.example.com"] },
    c: { ...https, hostnames: "a.example.com" },
  };
  const drafts = createTranslation().translate({ gateways: { public: { listeners } } });
  // The type of the draft says what it is.
  const listener = drafts.get("listeners/public:8443")?.json as ListenerJson | undefined;
  assert.deepEqual(
    listener?.filterChains?.map(({ name, filterChainMatch }) => [name, ...(filterChainMatch?.serverNames ?? [])]),
    [
      ["public/a", "a.example.com", "b.example.com"],
      ["public/b", "c.example.com"],
    ],
  );
});

test("a listener without a certificate that is there is left out", () => {
  const { translate } = createTranslation();
  const drafts = translate({ certificates: { shop: undefined } });
  assert.equal(drafts.has("listeners/public:8443"), false);
  const ca = {
    protocol: "HTTPS" as const,
    port: 8443,
    tls: { certificates: "shop", clientCertificates: { ca: "none" } },
  };
  const unchecked = createTranslation().translate({ gateways: { public: { listeners: { ca } } } });
  assert.equal(unchecked.has("listeners/public:8443"), false);
});

test("the first policy of a gateway changes its listeners, and those after it only what they are for", () => {
  const { translate } = createTranslation();
  const limit = (targets: string) => ({ targets, rateLimit: { requests: 1, per: "day" } });
  const [http, https] = ["routes/public/http", "routes/public/https"];
  const none = translate({});
  const first = translate({ policies: { a: limit("rule/shop#api") } });
  assert.deepEqual(changed(none, first), ["listeners/public:8080", "listeners/public:8443", http]);
  assert.deepEqual(changed(first, translate({ policies: { b: limit("route/nothing") } })), []);
  const ofRule = translate({ policies: { c: limit("rule/other#all") } });
  assert.deepEqual(changed(first, ofRule), [http, https]);
  const [other, shop] = [hostsOf(first), hostsOf(ofRule)];
  assert.deepEqual([other[0] === shop[0], other[1] === shop[1]], [false, true]);
  const ofListener = translate({ policies: { d: limit("listener/public/https") } });
  assert.deepEqual(changed(ofRule, ofListener), [https]);
  const ofGateway = translate({ policies: { d: limit("gateway/public") } });
  assert.deepEqual(changed(ofListener, ofGateway), [http, https]);
  const gone = translate({ policies: { a: undefined, b: undefined, c: undefined, d: undefined } });
  assert.deepEqual(
    [...gone].map(([, { json }]) => json),
    [...none].map(([, { json }]) => json),
  );
});

type Drafts = ReadonlyMap<string, Draft>;
type Changes = { readonly [K in KindKey]?: Readonly<Record<string, unknown>> };

/** A translator, and a model that changes with each call: objects are replaced, added or, if undefined, taken out. */
function createTranslation(): { translate(changes: Changes): Drafts } {
  const toDrafts = createGatewayTranslator();
  const policiesOf = createPolicies();
  const items = Object.fromEntries(kinds.map(({ key }) => [key, KeyedList.from<Item>([])]));
  const apply = (changes: Changes) => {
    for (const { key, schema } of kinds) {
      const now = new Map(items[key]);
      for (const [name, value] of Object.entries(changes[key] ?? {})) {
        if (value === undefined) now.delete(name);
        else now.set(name, { kind: key, name, value: schema.parse(value) } as Item);
      }
      items[key] = KeyedList.from(now, items[key]);
    }
  };
  apply(config);
  return {
    translate(changes) {
      apply(changes);
      // Each kind's items were read by its schema.
      const { fleets, gateways, policies: policyItems, ...rest } = items as unknown as ItemsByKind;
      const [fleet, gateway] = [fleets.get("edge"), gateways.get("public")];
      assert(fleet && gateway);
      const policies = policiesOf(policyItems);
      const drafts = toDrafts({
        ...{ fleet, gateway, policies, services: rest.services, certificates: rest.certificates },
        policyFilters: gatewaysWithPolicies(policies, rest.routes).get("public") ?? "none",
        routes: [...rest.routes.values()],
      });
      return new Map(drafts.map((draft) => [`${draft.type}/${draft.name}`, draft]));
    },
  };
}

function rulesOf(drafts: Drafts) {
  return hostsOf(drafts).map(({ routes }) => routes?.map(({ name }) => name));
}

function changed(before: Drafts, after: Drafts): readonly string[] {
  return [...after].filter(([key, { json }]) => before.get(key)?.json !== json).map(([key]) => key);
}

function hostsOf(drafts: Drafts): NonNullable<RouteConfigurationJson["virtualHosts"]> {
  return (drafts.get("routes/public/http")?.json as RouteConfigurationJson | undefined)?.virtualHosts ?? [];
}
