import { test } from "node:test";
import { compare, listener, serve } from "./explain/compare.ts";
import { optionRequests, optionRoutes, optionScopes, options } from "./explain/options.ts";
import { requests, spellingRequests } from "./explain/requests.ts";
import { freePort } from "./harness/free-port.ts";

test("explain says what Envoy does: hosts, paths, headers, queries, cookies, rewrites, redirects", async (t) => {
  const port = await freePort();
  const { ask, resources } = await serve(t, [listener("http", port)]);
  await compare(requests(), { port, ask, resources });
});

const ways: readonly object[] = [
  {},
  { normalize_path: true },
  { merge_slashes: true },
  { normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD" },
  { path_with_escaped_slashes_action: "REJECT_REQUEST", strip_matching_host_port: true, strip_trailing_host_dot: true },
  { path_with_escaped_slashes_action: "UNESCAPE_AND_REDIRECT", normalize_path: true, strip_any_host_port: true },
];

test("explain says what Envoy makes of host and path before it routes", async (t) => {
  const listeners = await Promise.all(
    ways.map(async (options, i) => ({ port: await freePort(), options, name: `way-${i}` })),
  );
  const { ask, resources } = await serve(
    t,
    listeners.map(({ name, port, options }) => listener(name, port, options)),
  );
  for (const { port } of listeners) await compare(spellingRequests(port), { port, ask, resources });
});

test("explain says what Envoy does with other options of connection managers and route configurations", async (t) => {
  const listeners = await Promise.all(
    options.map(async (manager, i) => ({ port: await freePort(), manager, name: `o${i}` })),
  );
  const { ask, resources } = await serve(
    t,
    listeners.map(({ name, port, manager }) => listener(name, port, manager)),
    { routes: optionRoutes(), scopedRoutes: optionScopes() },
  );
  for (const { port } of listeners) await compare(optionRequests(), { port, ask, resources });
});
