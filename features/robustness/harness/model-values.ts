// What may stand in a model, of all sorts: each field takes those of them that its schema takes, and now and then another.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder that certificates' files are in. */
export const certificateFolder = join(import.meta.dirname, "../../../packages/chancery/src/translate/testdata");

/**
 * Objects of all kinds have these names, so that most references lead somewhere; one of them is that of what every object
 * inherits.
 */
export const names = ["alpha", "constructor", "gamma"] as const;

/** What every object inherits: nothing that a person names so may be taken for it. */
export const inherited: readonly string[] = ["constructor", "toString", "valueOf", "hasOwnProperty", "__proto__"];

export const pems = ["shop.pem", "shop.key.pem", "ca.pem"].map((file) =>
  readFileSync(join(certificateFolder, file), "utf8"),
);

export const texts: readonly string[] = [
  ...["", " ", "a", "-", "é", "日本", "a b", "a,b", "a;b", 'a"b', "a\\b", "a\tb", "a\nb", "\u0000", "\ud800", "😀"],
  ...[...inherited, "null", "true", "x".repeat(100), "x".repeat(300), "x".repeat(5000)],
  ...[...names, "delta", "chancery", "stdout", "json", "host", "inline"],
  // Host names and addresses.
  ...[
    "*",
    "*.example.com",
    "shop.example.com",
    "SHOP.example.com",
    "a_b.example.com",
    "a.b.c.d.example.com",
    "xn--bcher-kva.example",
  ],
  ...[
    "localhost",
    "10.0.0.1",
    "::1",
    "[::1]",
    "::ffff:10.0.0.1",
    "fe80::1",
    "0.0.0.0",
    "::",
    "255.255.255.255",
    "example.com.",
  ],
  ...[
    "10.0.0.0/8",
    "10.1.2.3/8",
    "0.0.0.0/0",
    "::/0",
    "2001:db8::/32",
    "2001:db8::1/32",
    "10.0.0.1/32",
    "10.0.0.0/33",
    "fe80::1%eth0",
  ],
  ...[
    "10.0.0.5:8080",
    "10.0.0.6:1",
    "[::1]:65535",
    "shop.internal:80",
    "SHOP.internal:443",
    "unix:/run/shop.sock",
    "unix:@shop",
  ],
  ...[
    "10.0.0.5:0",
    "10.0.0.5:65536",
    "10.0.0.300:80",
    `${"a".repeat(63)}.example.com`,
    `${"a".repeat(64)}.example.com:80`,
  ],
  // Durations, sizes, percentages, statuses.
  ...[
    "0s",
    "0ms",
    "1ms",
    "2ms",
    "10ms",
    "250ms",
    "0.5s",
    "0.0005s",
    "1s",
    "5s",
    "15m",
    "1h",
    "24h",
    "25h",
    "1h30m5s10ms",
  ],
  ...["off", "87600h", "2562047h", "99999999h", "9999999999999s", "1d", "-1s", "4294967296ms", "0h0m0s", "1.5m"],
  ...["1KiB", "64KiB", "0.5MiB", "1GiB", "3.999GiB", "4GiB", "0KiB", "64KB"],
  ...["0%", "0.0001%", "0.5%", "33.3333%", "50%", "100%", "100.0001%", "101%"],
  ...["200", "2xx", "100", "200-204", "204-200", "5xx", "599"],
  // Paths, regular expressions and what they become, templates, headers.
  ...[
    "/",
    "/*",
    "/api",
    "/api/",
    "/api/*",
    "/a b",
    "/a?b",
    "/a#b",
    "/a*b",
    "//",
    "/%41",
    "/é",
    "/api/../x",
    "/healthz",
    "/{id}",
  ],
  ...[
    ".*",
    "a|b",
    "[a-z]+",
    "(a)(b)?",
    "^/v(\\d+)/(.*)$",
    "(?i)x",
    "(",
    "(?=x)",
    "\\1",
    "x{1,500}",
    "a{0}",
    "[^/]{1,90}",
    "\\pL+",
  ],
  ...["\\1", "\\0", "\\2", "/x/\\1", "\\", "\\\\", "$1"],
  ...[
    "%REQ(x-user)%",
    "%DOWNSTREAM_REMOTE_ADDRESS%",
    "100%",
    "%%",
    "%START_TIME(%s)%",
    "%REQ(:path)%%PROTOCOL%",
    "%NOPE%",
    "%REQ%",
  ],
  ...[
    "%REQ(x?y):10%",
    "%REQ(x?y?z)%",
    "%PROTOCOL(x)%",
    "%PROTOCOL:3%",
    "%PATH(NQ)%",
    "%METADATA(ROUTE:a)%",
    "%COMMON_DURATION(a:b:ms)%",
    "%DYNAMIC_METADATA(a:b)%",
    "%RESP(x)%",
    "%REQ()%",
    "%START_TIME(%Q)%",
    "%FILTER_STATE(a:PLAIN)%",
    "%ENVIRONMENT(PATH)%",
  ],
  ...[
    "x-team",
    "X-Team",
    ":authority",
    ":path",
    ":method",
    "host",
    "content-length",
    "connection",
    "x_y",
    "cookie",
    "set-cookie",
  ],
  ...["x-envoy-retry-on", "transfer-encoding", "content-type", "x-forwarded-for", "upgrade", "!#$%&'*+.^_`|~"],
  // References into models and resources.
  ...names.flatMap((a) => [`${a}/alpha`, `${a}/constructor`, `${a}:8080`, `${a}/gamma`, `cert/${a}`, `${a}:8080/udp`]),
  ...names.flatMap((a) => [`gateway/${a}`, `listener/${a}/alpha`, `route/${a}`, `rule/${a}#alpha`, `rule/${a}#all`]),
  ...[
    "chancery/alpha",
    "region/zone",
    "spiffe://corp/ns/*/sa/shop",
    "spiffe://*",
    "*.internal",
    "*a*b*",
    "h2",
    "http/1.1",
  ],
  // JSON Pointers and proto3 JSON.
  ...[
    "/connect_timeout",
    "/connectTimeout",
    "/name",
    "/lb_policy",
    "/nothing",
    "/virtual_hosts/0",
    "/virtual_hosts/-",
    "/a~1b/~0",
  ],
  ...["/filter_chains/0/filters/0", "/endpoints/0", "/per_connection_buffer_limit_bytes", "/~2", "no-pointer"],
  // Files.
  ...["shop.pem", "shop.key.pem", "ca.pem", "missing.pem", "."],
  ...["/etc/ssl/certs/ca-certificates.crt", "/dev/null"],
  ...pems,
  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
];

export const numbers: readonly number[] = [
  ...[
    0, -0, 1, 2, 3, 5, 7, 10, 20, 25, 50, 99, 100, 101, 127, 128, 200, 204, 301, 302, 307, 308, 404, 500, 503, 599, 600,
  ],
  ...[
    1000, 1024, 4096, 8080, 8080, 8080, 8443, 10_000, 65_535, 65_536, 65_537, 1_000_000, 4_294_967, 5_000_011,
    8_388_608,
  ],
  ...[2_147_483_647, 2_147_483_648, 4_294_967_295, 4_294_967_296, Number.MAX_SAFE_INTEGER],
  ...[-1, 0.5, 0.01, 0.1, 1.25, 1.9, 33.3333, 99.99999, 1e-9, 1e21, Number.MAX_VALUE, Number.MIN_VALUE],
];

const keys = [
  {
    kty: "RSA",
    n: "1YMaZNConZNCtTbHxU5crfOjEGl50aX0bntpFc4p0P-VZjm7o0ZMMKUVXim2gSIxqXSH86aiEI7ILlRFvIKFMhU6kul94kWtWx5tDWnIWyRRp_LpwgvTpatRQ7aiJPc9KNznXhQzhMOMHJHpTQYIKvr9-GWeyn3RoUccUQ15S0c",
    e: "AQAB",
  },
  {
    kty: "EC",
    x: "JjlO1HYlYAY6jX1vC1HChrAOjKKWmkalpOMfGYhVVDQ",
    y: "oYJNUVwizpsaGoFqYB1LR7UKgfTkBTfaF7DG3eT0lB0",
    crv: "P-256",
  },
  { kty: "OKP", crv: "Ed25519", x: "44hw9gz8fZl7IrvwOhj5vCVzRHfFPXNs5eE_amS82oo" },
];

/** What fields of these names mostly say, so that what belongs together often fits. */
export const likely: Readonly<Record<string, readonly unknown[]>> = {
  parents: [
    "alpha",
    "constructor",
    "alpha/alpha",
    "alpha/constructor",
    "constructor/alpha",
    ["alpha/alpha", "constructor/constructor"],
    ["gamma", "alpha"],
  ],
  endpoints: [
    "10.0.0.5:8080",
    ["10.0.0.5:8080", "10.0.0.6:8080"],
    "shop.internal:80",
    ["unix:/run/shop.sock"],
    [{ address: "10.0.0.7:8080", zone: "constructor", labels: own("a") }, "10.0.0.8:8080"],
  ],
  certificates: ["alpha", "constructor", ["alpha", "constructor"]],
  certificate: ["alpha", "constructor"],
  cert: [pems[0], "shop.pem"],
  key: [pems[1], "shop.key.pem"],
  ca: [pems[2], "ca.pem", "gamma"],
  keys: [...keys.map((key) => [key]), [{ ...keys[0], alg: "PS256", kid: "a" }, keys[2]], [{ kty: "EC", crv: "P-256" }]],
  name: ["*", ...names, "alpha:8080", "alpha/alpha", "cert/alpha"],
  path: ["/connect_timeout", "/api", "/api/*", "/"],
  value: ["1s", true, 5, { a: 1 }, { metadata: { filter_metadata: own({ a: own(1) }) } }],
  port: [8080, 8443, 9000],
};

/** What is of no type that a field may have, or of several. */
export const others: readonly unknown[] = [
  null,
  true,
  false,
  [],
  {},
  [[]],
  [null],
  { a: 1 },
  { service: null },
  own(null),
  ["alpha", "alpha"],
  1.5,
  "1s",
];

/** An object that has itself what others inherit. */
function own(value: unknown): object {
  return Object.fromEntries(inherited.map((name) => [name, value]));
}
