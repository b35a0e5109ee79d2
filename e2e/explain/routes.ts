import { typed } from "../harness/resources.ts";

/** Virtual hosts that between them ask for nearly all that routes can ask for. */
export function virtualHosts(): object[] {
  return [
    host("exact", ["www.example.com", "upper.EXAMPLE.com"], pathRoutes()),
    host("suffix", ["*.example.com", "*-eu.example.com"], headerRoutes()),
    host("prefix", ["www.*", "api-*"], queryRoutes()),
    host("longer", ["*.shop.example.com"], rewriteRoutes()),
    host("redirects", ["old.example.com"], redirectRoutes()),
    { ...host("tls", ["secure.example.com"], [route("never", { prefix: "/" })]), require_tls: "ALL" },
    { ...host("external", ["external.example.com"], [route("never", { prefix: "/" })]), require_tls: "EXTERNAL_ONLY" },
    host("all", ["*"], [route("catch-all", { prefix: "/" })]),
  ];
}

function pathRoutes(): object[] {
  const template = (path: string) => ({
    path_match_policy: {
      name: "envoy.path.match.uri_template.uri_template_matcher",
      typed_config: typed("path.match.uri_template.v3.UriTemplateMatchConfig", { path_template: path }),
    },
  });
  return [
    route("exact", { path: "/exact" }),
    route("exact-any-case", { path: "/Loud", case_sensitive: false }),
    route("prefix", { prefix: "/prefix" }),
    route("prefix-any-case", { prefix: "/Any/", case_sensitive: false }),
    route("segments", { path_separated_prefix: "/segments" }),
    route("segments-any-case", { path_separated_prefix: "/Quiet", case_sensitive: false }),
    route("regex", { safe_regex: { regex: "/v[0-9]+/(users|orders)" } }),
    route("regex-flag", { safe_regex: { regex: "(?i)/FLAG/.*" } }),
    route("template", template("/t/{name}/{rest=**}")),
    route("template-file", template("/files/*/v{version}.html")),
    route("connect", { connect_matcher: {} }),
    route("never", { prefix: "/chance", runtime_fraction: { default_value: { numerator: 0 } } }),
    route("always", { prefix: "/chance", runtime_fraction: { default_value: { numerator: 100 } } }),
    route("certificate", { prefix: "/certificate", tls_context: { presented: true } }),
    route("no-certificate", { prefix: "/certificate", tls_context: { presented: false } }),
    route("grpc", { prefix: "/grpc.Service/", grpc: {} }),
  ];
}

function headerRoutes(): object[] {
  const by = (name: string, header: object) => route(name, { prefix: `/${name}`, headers: [header] });
  const text = (string_match: object, more: object = {}) => ({ name: "X-A", string_match, ...more });
  return [
    by("present", { name: "x-a", present_match: true }),
    by("absent", { name: "x-a", present_match: false }),
    by("not-present", { name: "x-a", present_match: true, invert_match: true }),
    by("not-absent", { name: "x-a", present_match: false, invert_match: true }),
    by("any", { name: "x-a" }),
    by("empty-present", { name: "x-a", present_match: true, treat_missing_header_as_empty: true }),
    by("empty-absent", { name: "x-a", present_match: false, treat_missing_header_as_empty: true }),
    by("is", text({ exact: "b" })),
    by("is-any-case", text({ exact: "B", ignore_case: true })),
    by("is-not", text({ exact: "b" }, { invert_match: true })),
    by("is-not-or-missing", text({ exact: "b" }, { invert_match: true, treat_missing_header_as_empty: true })),
    by("begins", text({ prefix: "b" })),
    by("ends", text({ suffix: "c" })),
    by("holds", text({ contains: "1,2" })),
    by("regex", text({ safe_regex: { regex: "[0-9]+" } })),
    by("empty", text({ safe_regex: { regex: "^$" } }, { treat_missing_header_as_empty: true })),
    by("range", { name: "x-a", range_match: { start: "-1", end: "10" } }),
    by("outside", { name: "x-a", range_match: { start: "0", end: "10" }, invert_match: true }),
    by("method", { name: ":method", string_match: { exact: "POST" } }),
    by("whole-path", { name: ":path", string_match: { suffix: "?q=1" } }),
    by("host", { name: ":authority", string_match: { prefix: "a." } }),
    by("request-id", { name: "x-request-id", present_match: true }),
    route("two", { prefix: "/two", headers: [{ name: "x-a" }, { name: "x-b", present_match: false }] }),
    route("fallback", { prefix: "/" }),
  ];
}

function queryRoutes(): object[] {
  const by = (name: string, parameter: object) => route(name, { prefix: `/${name}`, query_parameters: [parameter] });
  const cookie = (name: string, matcher: object) => route(name, { prefix: `/${name}`, cookies: [matcher] });
  return [
    by("present", { name: "a", present_match: true }),
    by("absent", { name: "a", present_match: false }),
    by("any", { name: "a" }),
    by("is", { name: "a", string_match: { exact: "2" } }),
    by("raw", { name: "a", string_match: { exact: "x%20y" } }),
    by("regex", { name: "a", string_match: { safe_regex: { regex: "[0-9]*" } } }),
    cookie("cookie", { name: "s", string_match: { exact: "2" } }),
    cookie("no-cookie", { name: "s", string_match: { exact: "2" }, invert_match: true }),
    route("fallback", { prefix: "/" }),
  ];
}

function rewriteRoutes(): object[] {
  const to = (name: string, match: object, action: object) => ({
    ...base(name),
    match,
    route: { cluster: "upstream", ...action },
  });
  const template = "path.match.uri_template.v3.UriTemplateMatchConfig";
  const rewrite = "path.rewrite.uri_template.v3.UriTemplateRewriteConfig";
  return [
    to("plain", { prefix: "/plain" }, {}),
    to("prefix-rewrite", { prefix: "/api/" }, { prefix_rewrite: "/" }),
    to("prefix-rewrite-any-case", { prefix: "/Mixed", case_sensitive: false }, { prefix_rewrite: "/m" }),
    to("segment-rewrite", { path_separated_prefix: "/seg" }, { prefix_rewrite: "/new" }),
    to("full-rewrite", { path: "/full" }, { prefix_rewrite: "/whole/other" }),
    to("regex-prefix-rewrite", { safe_regex: { regex: "/rx/.*" } }, { prefix_rewrite: "/all" }),
    to(
      "regex-rewrite",
      { prefix: "/service" },
      { regex_rewrite: { pattern: { regex: "^/service/([^/]+)(/.*)$" }, substitution: "\\2/instance/\\1" } },
    ),
    to(
      "regex-rewrite-all",
      { prefix: "/dots" },
      { regex_rewrite: { pattern: { regex: "o+" }, substitution: "0\\0\\\\" } },
    ),
    to(
      "template-rewrite",
      { path_match_policy: { name: "match", typed_config: typed(template, { path_template: "/t/{a}/{b=**}" }) } },
      {
        path_rewrite_policy: { name: "rewrite", typed_config: typed(rewrite, { path_template_rewrite: "/{b}/x{a}" }) },
      },
    ),
    to("host-literal", { prefix: "/host/literal" }, { host_rewrite_literal: "inner.example" }),
    to("host-header", { prefix: "/host/header" }, { host_rewrite_header: "x-a" }),
    to(
      "host-path",
      { prefix: "/host/path" },
      { host_rewrite_path_regex: { pattern: { regex: "^/host/path/(.+)$" }, substitution: "\\1.example" } },
    ),
    to("missing", { prefix: "/missing" }, { cluster: "gone" }),
    to("missing-404", { prefix: "/missing-404" }, { cluster: "gone", cluster_not_found_response_code: "NOT_FOUND" }),
    to("empty", { prefix: "/empty" }, { cluster: "empty" }),
    { ...base("by-header"), match: { prefix: "/by-header" }, route: { cluster_header: "x-a" } },
    {
      ...base("weighted"),
      match: { prefix: "/weighted" },
      route: {
        weighted_clusters: {
          header_name: "x-n",
          clusters: [
            { name: "upstream", weight: 1, response_headers_to_add: [header("x-weight", "one")] },
            { name: "other", weight: 3, host_rewrite_literal: "weighted.example" },
          ],
        },
      },
    },
  ];
}

function redirectRoutes(): object[] {
  const to = (name: string, action: object, match: object = { prefix: `/${name}` }) => ({
    ...base(name),
    match,
    redirect: action,
  });
  return [
    to("https", { https_redirect: true }),
    to("scheme", { scheme_redirect: "ftp" }),
    to("host", { host_redirect: "new.example" }),
    to("port", { port_redirect: 8443 }),
    to("both", { host_redirect: "new.example", port_redirect: 8443, response_code: "TEMPORARY_REDIRECT" }),
    to("path", { path_redirect: "/there" }),
    to("path-query", { path_redirect: "/there?own=1", strip_query: true }),
    to("strip", { https_redirect: true, strip_query: true }),
    to("prefix", { prefix_rewrite: "/new/", response_code: "FOUND" }),
    to("regex", {
      regex_rewrite: { pattern: { regex: "/regex/(\\w+)" }, substitution: "/\\1/now" },
      response_code: "SEE_OTHER",
    }),
    { ...base("direct-302"), match: { prefix: "/direct-302" }, direct_response: { status: 302 } },
    {
      ...base("direct-201"),
      match: { prefix: "/direct-201" },
      direct_response: { status: 201, body: { inline_string: "made" } },
    },
  ];
}

function host(name: string, domains: readonly string[], routes: readonly object[]): object {
  return { name, domains, routes };
}

/** A route that answers itself. */
function route(name: string, match: object): object {
  return { ...base(name), match, direct_response: { status: 200, body: { inline_string: name } } };
}

function base(name: string): object {
  return { name, response_headers_to_add: [header("x-route", name)] };
}

function header(key: string, value: string): object {
  return { header: { key, value } };
}
