// Tenants, each with a host of its own, are computed: what they have in common is said once. The file is run again
// whenever it, or what it imports, changes; an error in it leaves what was served before.
import { type Config, defineConfig } from "chancery";

interface Tenant {
  readonly name: string;
  readonly port: number;
  readonly plan: "free" | "paid";
}

// They may as well come from a file or a database: the default export may be an async function.
const tenants: readonly Tenant[] = [
  { name: "acme", port: 9001, plan: "paid" },
  { name: "globex", port: 9002, plan: "free" },
];

const plans = {
  free: { timeout: "2s", connections: 10 },
  paid: { timeout: "30s", connections: 1000 },
};

export default defineConfig({
  fleets: { edge: { match: { cluster: "edge" } } },
  gateways: {
    public: { address: "127.0.0.1", listeners: { http: { protocol: "HTTP", port: 8080 } } },
  },
  routes: {
    ...Object.fromEntries(tenants.map((tenant) => [tenant.name, toRoute(tenant)])),
    nobody: { parents: "public", respond: { status: 404, body: "There is no such tenant.\n" } },
  },
  services: Object.fromEntries(tenants.map((tenant) => [tenant.name, toService(tenant)])),
});

function toRoute({ name, plan }: Tenant): Route {
  return {
    parents: "public",
    hosts: `${name}.example.com`,
    to: name,
    timeout: plans[plan].timeout,
    headers: { request: { set: { "x-tenant": name, "x-plan": plan } } },
  };
}

function toService({ port, plan }: Tenant): Service {
  return { endpoints: `127.0.0.1:${port}`, limits: { connections: plans[plan].connections } };
}

type Route = NonNullable<Config["routes"]>[string];
type Service = NonNullable<Config["services"]>[string];
