// What a decision on a request costs, beside a method that does nothing with the same bytes:
// `node --conditions=chancery-source bench/authorization.ts [--json]`.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeJson } from "@chancery/envoy-api";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { hashApiKey } from "../packages/chancery/src/services/authorization/api-keys.ts";
import { buildGo } from "./go.ts";
import { type Metrics, medians } from "./median.ts";
import { benchDir } from "./paths.ts";
import { printMetrics } from "./program.ts";
import { measureCalls, startServer } from "./unary-load.ts";

const rounds = 3;
const seconds = 3;
const method = "/envoy.service.auth.v3.Authorization/Check";

const { privateKey, publicKey } = await generateKeyPair("ES256");
const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256" }] };
const token = await new SignJWT({ iss: "bench", aud: "bench", sub: "ann", exp: Math.floor(Date.now() / 1000) + 3600 })
  .setProtectedHeader({ alg: "ES256", kid: "one" })
  .sign(privateKey);

const policies = {
  policies: {
    bench: {
      rules: [
        { name: "health", match: { path: { exact: "/healthz" } }, allow: true },
        { name: "admin", match: { path: { prefix: "/admin" } }, deny: true },
        { name: "open", match: { path: { prefix: "/open" }, methods: ["GET"] }, allow: true },
        {
          name: "key",
          match: { path: { prefix: "/key" } },
          require: { apiKey: { keys: "all", userHeader: "x-client" } },
        },
        {
          name: "cel",
          match: { path: { prefix: "/cel" } },
          require: { cel: "request.method == 'GET' && request.headers['user-agent'][0].startsWith('Mozilla')" },
        },
        {
          name: "jwt",
          match: { path: { prefix: "/jwt" } },
          require: { jwt: { issuers: ["id"], claims: { "x-user": "sub" } } },
        },
      ],
    },
  },
  apiKeys: { all: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`client-${i}`, hashApiKey(`key-${i}`)])) },
  issuers: { id: { issuer: "bench", audiences: ["bench"], algorithms: ["ES256"], jwks: { inline: keys } } },
};

await using opened = new AsyncDisposableStack();
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
const { signal } = interrupted;
const folder = await mkdtemp(join(tmpdir(), "chancery-bench-"));
opened.defer(() => rm(folder, { recursive: true }));
const file = join(folder, "policies.yaml");
await writeFile(file, JSON.stringify(policies));
const program = await buildGo("rlsload", signal);
const server = await startServer([join(benchDir, "authorization-server.ts"), file], opened);

const contenders = {
  empty: { method: "/bench.Empty/Call", request: requestFor("/open/a") },
  path: { method, request: requestFor("/open/a") },
  refused: { method, request: requestFor("/open/../admin") },
  api_key: { method, request: requestFor("/key/a", { "x-api-key": "key-500" }) },
  cel: { method, request: requestFor("/cel/a") },
  jwt: { method, request: requestFor("/jwt/a", { authorization: `Bearer ${token}` }) },
};

const runs: Metrics[] = [];
// The first round, in which the code is compiled, does not count; the contenders take turns.
for (let round = 0; round <= rounds; round++) {
  const run: Record<string, number> = {};
  for (const [name, contender] of Object.entries(contenders)) {
    Object.assign(run, await measureCalls(name, server, { program, seconds, signal, ...contender }));
  }
  if (round > 0) runs.push(run);
}
const all = medians(runs);
const ofEmpty = Object.keys(contenders).map((name) => [
  `${name}_of_empty`,
  (all[`${name}_per_core`] ?? 0) / (all.empty_per_core ?? 0),
]);
printMetrics({ ...all, ...Object.fromEntries(ofEmpty) });

/** What Envoy says of a request of a browser, as hex; its last eight bytes are those of the server name. */
function requestFor(path: string, more: Readonly<Record<string, string>> = {}): string {
  const headers = {
    ...{ ":method": "GET", ":path": path, ":authority": "shop.example.com", ":scheme": "https" },
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ...{ "accept-language": "en-US,en;q=0.5", "accept-encoding": "gzip, deflate, br, zstd" },
    ...{ "x-forwarded-proto": "https", "x-request-id": "6a53b9ff-3ef1-4bcb-9e6f-3b8e5bd2f0a1" },
    cookie: "session=6a53b9ff3ef14bcb9e6f3b8e5bd2f0a1; theme=dark",
    ...more,
  };
  const list = Object.entries(headers).map(([key, value]) => ({
    key,
    raw_value: Buffer.from(value).toString("base64"),
  }));
  const address = (address: string, port_value: number) => ({ address: { socket_address: { address, port_value } } });
  const http = { method: "GET", path, host: "shop.example.com", scheme: "https", protocol: "HTTP/2", size: "-1" };
  const encoded = encodeJson("envoy.service.auth.v3.CheckRequest", {
    attributes: {
      ...{ source: address("10.0.0.1", 50_000), destination: address("10.0.0.2", 443) },
      request: { time: "2026-01-01T00:00:00Z", http: { id: "1", ...http, header_map: { headers: list } } },
      ...{ context_extensions: { policy: "bench" }, tls_session: { sni: "00000000" } },
    },
  });
  if (!encoded.ok) throw new TypeError(JSON.stringify(encoded.problems));
  return Buffer.from(encoded.bytes).toString("hex");
}
