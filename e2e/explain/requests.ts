import type { RawRequest } from "../harness/raw-http.ts";

export type Headers = RawRequest["headers"];

export interface Group {
  readonly hosts: readonly string[];
  readonly targets: readonly string[];
  readonly methods?: readonly string[];
  readonly headers?: readonly Headers[];
}

const a = (...values: readonly string[]): Headers => values.map((value) => ["x-a", value] as const);

/** Each host with each path, method and set of headers. */
const groups: readonly Group[] = [
  {
    hosts: ["www.example.com", "WWW.Example.COM", "upper.example.com"],
    targets: [
      ..."/exact /exact/ /EXACT /exact?q /exactly /loud /LOUD /prefix /prefixed /pre /any/x /ANY/ /any".split(" "),
      ..."/segments /segments/ /segments/a /segmentsx /segments?x /quiet /QUIET/a /quieter".split(" "),
      ..."/v1/users /v12/orders /v/users /v1/users/ /v1/users?x=1 /FLAG/x /flag/ /flag".split(" "),
      ..."/t/a/b /t/a /t/a/ /t/a/b/c?d /t//b /files/x/v2.html /files/x/v.html /files/x/y/v2.html".split(" "),
      ..."/chance /certificate /grpc.Service/M / /%65xact /exact%2F /exact;p=1 /%zz".split(" "),
    ],
  },
  {
    hosts: ["www.example.com"],
    targets: ["/grpc.Service/M"],
    headers: ["application/grpc", "application/grpc+proto", "application/grpc-web", "application/json"].map((type) => [
      ["content-type", type],
    ]),
  },
  {
    hosts: [
      ..."a.example.com .example.com example.com x-eu.example.com -eu.example.com a.b.example.com".split(" "),
      ..."www.example.org www.a api-1 api- api www. other.test a.shop.example.com shop.example.com a.example.com:80".split(
        " ",
      ),
      ..."www.example.com:1234 [::1] 127.0.0.1".split(" "),
    ],
    targets: ["/", "/plain", "/present"],
  },
  {
    hosts: ["a.example.com"],
    targets: [
      ..."/present /absent /not-present /not-absent /any /empty-present /empty-absent /is /is-any-case /is-not".split(
        " ",
      ),
      ..."/is-not-or-missing /begins /ends /holds /regex /empty /range /outside /two".split(" "),
    ],
    headers: [
      [],
      a("b"),
      a(""),
      a("bc"),
      a("5"),
      a("-1"),
      a("+5"),
      a("5x"),
      a("1,2"),
      a("1", "2"),
      a("b", "c"),
      a("c", "b"),
    ],
  },
  {
    hosts: ["a.example.com"],
    targets: ["/method", "/method?q=1", "/whole-path?q=1", "/whole-path?q=2", "/host", "/request-id", "/two"],
    methods: ["GET", "POST", "PUT", "DELETE", "OPTIONS"],
    headers: [[], [["x-b", "1"]], [...a("1"), ["x-b", ""]]],
  },
  {
    hosts: ["www.query"],
    targets: [
      ..."/present /present?a /present?a= /present?b=a /absent /absent?a /any?A=1 /any?x&a /is?a=2 /is?a=1&a=2".split(
        " ",
      ),
      ..."/is?a=2&a=1 /is?b=1;a=2 /is?a=2? /raw?a=x%20y /raw?a=x+y /regex?a= /regex?a=1a /regex?a=42 /is?%61=2".split(
        " ",
      ),
    ],
  },
  {
    hosts: ["www.query"],
    targets: ["/cookie", "/no-cookie"],
    headers: [
      ...[["s=2"], ["s=1; s=2"], ["s=2; s=1"], ['s="2"'], ["a=1", "s=2"], ["s"], ["s="], ["xs=2"], [" s = 2 "]],
      [],
    ].map((cookies): Headers => cookies.map((cookie) => ["cookie", cookie] as const)),
  },
  {
    hosts: ["a.shop.example.com", "a.shop.example.com:8080"],
    targets: [
      ..."/plain?a=b /api/ /api/users?x=1 /api /mixedUP?q /MIXED/a /seg /seg/a?b /segx /full /full?x=/full /rx/a?b".split(
        " ",
      ),
      ..."/service/foo/v1/api?x /service/foo /service/a/b/ /dots/foo /t/one/two/three?q /t/one/ /host/literal".split(
        " ",
      ),
      ..."/host/header /host/path/inner /host/path /missing /missing-404 /empty /by-header".split(" "),
    ],
    headers: [[], [...a("upstream"), ["x-n", "0"]], [...a("other.example"), ["x-n", "7"]]],
  },
  {
    hosts: ["a.shop.example.com"],
    targets: ["/weighted"],
    headers: ["0", "1", "3", "4", "18446744073709551615"].map((value): Headers => [["x-n", value]]),
  },
  {
    hosts: ["old.example.com", "old.example.com:80", "old.example.com:8080", "old.example.com:443"],
    targets: [
      ..."/https?x=1 /scheme /host/a?b /port /both /path?x=1 /path-query?x=1 /strip?x=1 /prefix/a?b /prefix".split(" "),
      ..."/regex/one?b /direct-302/a?b /direct-201".split(" "),
    ],
    headers: [[], [["x-forwarded-proto", "https"]]],
  },
  {
    hosts: ["secure.example.com", "secure.example.com:8080", "external.example.com"],
    targets: ["/a?b=c"],
    headers: [[], [["x-forwarded-proto", "https"]], [["x-forwarded-for", "10.0.0.1"]], [["x-envoy-internal", "true"]]],
  },
  {
    hosts: ["www.example.com", "a.example.com", "nobody"],
    targets: ["/exact", "/none"],
    headers: [
      [
        ["connection", "Upgrade"],
        ["upgrade", "websocket"],
      ],
      [["upgrade", "websocket"]],
      [
        ["connection", "keep-alive, upgrade"],
        ["upgrade", "other"],
      ],
    ],
  },
  { hosts: ["www.example.com", "a.shop.example.com"], targets: ["target.example:443"], methods: ["CONNECT"] },
];

/** What the same is asked of every way to normalize paths and hosts. */
const spellings: Group = {
  hosts: ["www.example.com", "www.example.com.", "www.example.com:PORT", "www.example.com.:PORT", "www.example.com:1"],
  targets: [
    ..."/exact //exact /./exact /a/../exact /%2e%2e/exact /a/%2E/../../exact /exact/. /exact/.. /exact%2F /prefix%2fa".split(
      " ",
    ),
    ..."/prefix%5Ca /prefix\\a /%65xact /%45XACT /exact?a=/../b /a//../exact /.../exact /exact%2f..%2fprefix /{x} /%7Bx".split(
      " ",
    ),
    ..."/prefix/%00 /~a/%7Ea /a%20b /a%252Fb /%C3%A9 /..;/exact /a/..;x=1/exact /%2e%2e;/exact /exact/.; /a%2520b /a|b /a^b /a`b /a'b(c)*+,;=:@!$&[]".split(
      " ",
    ),
  ],
};

export function requests(): readonly RawRequest[] {
  return groups.flatMap(expand);
}

export function spellingRequests(port: number): readonly RawRequest[] {
  return expand({ ...spellings, hosts: spellings.hosts.map((host) => host.replace("PORT", String(port))) });
}

/** Each host with each path, method and set of headers. */
export function expand({ hosts, targets, methods = ["GET"], headers = [[]] }: Group): RawRequest[] {
  return hosts.flatMap((host) =>
    targets.flatMap((target) =>
      methods.flatMap((method) =>
        headers.map((set): RawRequest => ({ method, target, headers: [["host", host] as const, ...set] })),
      ),
    ),
  );
}
