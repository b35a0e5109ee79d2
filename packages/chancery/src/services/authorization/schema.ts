import { z } from "zod";
import { matchesDuration, toMs } from "../../model/duration.ts";
import { record } from "../../model/record.ts";
import { checkRegex } from "../../re2.ts";
import { checkRange } from "./addresses.ts";
import { checkSecretHash } from "./api-keys.ts";
import { checkPasswordHash } from "./passwords.ts";

const name = z.string().min(1);

/** A text that `problemOf` has nothing to say about. */
const textThat = (problemOf: (text: string) => string | undefined) =>
  z.string().superRefine((text, { addIssue }) => {
    const message = problemOf(text);
    if (message !== undefined) addIssue({ code: "custom", message });
  });

const list = <T extends z.ZodType>(item: T) => z.array(item).min(1);

const durationMs = textThat((text) =>
  matchesDuration(text) ? undefined : `"${text}" is no duration such as 30s or 5m`,
).transform(toMs);

const secondMs = 1000;
const hourMs = 3600 * secondMs;

const regex = textThat((text) => {
  const problem = checkRegex(text);
  return problem && `${problem.message}${problem.hint === undefined ? "" : `; ${problem.hint}`}`;
});

const absolute = textThat((text) => (text.startsWith("/") ? undefined : `"${text}" would have to begin with /`));

const path = z.union([
  z.strictObject({ exact: absolute }),
  z.strictObject({ prefix: absolute }),
  z.strictObject({ regex }),
]);

const headerName = textThat((text) =>
  /^[!#$%&'*+.^_`|~\w-]+$/.test(text) ? undefined : `"${text}" is no name of a header`,
).transform((text) => text.toLowerCase());

/** Those that say where a request goes and where it ends are no place to tell who sent it. */
const framing: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "upgrade",
  "te",
]);

const identityHeader = headerName.refine((text) => !framing.has(text), {
  error: ({ input }) => `"${String(input)}" is a header that servers need for themselves`,
});

const headerText = textThat((text) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no header may have
  /[\x00-\x08\x0a-\x1f\x7f]/.test(text) ? "a header cannot have control characters" : undefined,
);

const headerValue = z.union([
  z.string(),
  z.strictObject({ exact: z.string() }),
  z.strictObject({ prefix: z.string().min(1) }),
  z.strictObject({ regex }),
  z.strictObject({ present: z.boolean() }),
]);

const range = textThat(checkRange);

const host = textThat((text) =>
  /^(\*|(\*\.)?[a-z\d_][a-z\d._-]*[a-z\d_]|[a-z\d_]|\[[\da-f:.]+\])$/.test(text)
    ? undefined
    : `"${text}" would have to be a host in lower case without port, such as shop.example.com or *.example.com`,
);

const match = z.strictObject({
  path: z.union([path, list(path)]).optional(),
  methods: list(
    textThat((text) => (/^[A-Z-]+$/.test(text) ? undefined : `"${text}" is no method such as GET`)),
  ).optional(),
  hosts: list(host).optional(),
  ips: list(range).optional(),
  headers: record(headerName, headerValue).optional(),
});

/** The place of a credential is one of three; a header by default. */
const place = {
  header: headerName.optional(),
  query: name.optional(),
  cookie: name.optional(),
};

const forward = z.boolean().default(true);

const apiKey = z.strictObject({ keys: name, ...place, userHeader: identityHeader.optional(), forward });

const jwt = z.strictObject({
  issuers: list(name),
  ...place,
  scopes: list(name).optional(),
  claims: record(identityHeader, name).default({}),
  forward,
});

const basic = z.strictObject({
  users: name,
  realm: textThat((text) => (/["\\]|[^ -~]/.test(text) ? "a realm has letters, digits and spaces" : undefined)).default(
    "restricted",
  ),
  userHeader: identityHeader.optional(),
  forward,
});

const ips = z.strictObject({ allow: list(range).optional(), deny: list(range).optional() });

const requirement = z.strictObject({
  apiKey: apiKey.optional(),
  jwt: jwt.optional(),
  basic: basic.optional(),
  principals: list(name).optional(),
  ips: ips.optional(),
  cel: z.string().min(1).max(4096).optional(),
  get any(): z.ZodType<readonly RequirementConfig[] | undefined, unknown> {
    return list(requirement).optional();
  },
});

/** All of it has to be met. */
export interface RequirementConfig {
  readonly apiKey?: ApiKeyConfig | undefined;
  readonly jwt?: JwtConfig | undefined;
  readonly basic?: BasicConfig | undefined;
  readonly principals?: readonly string[] | undefined;
  readonly ips?: IpsConfig | undefined;
  readonly cel?: string | undefined;
  /** One of these has to be met, the first that is. */
  readonly any?: readonly RequirementConfig[] | undefined;
}

export type ApiKeyConfig = Readonly<z.output<typeof apiKey>>;
export type JwtConfig = Readonly<z.output<typeof jwt>>;
export type BasicConfig = Readonly<z.output<typeof basic>>;
export type IpsConfig = Readonly<z.output<typeof ips>>;
export type MatchConfig = Readonly<z.output<typeof match>>;
export type PathConfig = Readonly<z.output<typeof path>>;
export type HeaderConfig = Readonly<z.output<typeof headerValue>>;

const denial = z.strictObject({
  status: z.int().min(300).max(599).default(403),
  body: z.string().default(""),
  headers: record(headerName, headerText).default({}),
});

export type DenialConfig = Readonly<z.output<typeof denial>>;

const rule = z.strictObject({
  name: name.optional(),
  match: match.optional(),
  allow: z.literal(true).optional(),
  deny: z.union([z.literal(true), denial]).optional(),
  require: requirement.optional(),
  dryRun: z.boolean().default(false),
});

export type RuleConfig = Readonly<z.output<typeof rule>>;

const policy = z.strictObject({
  dryRun: z.boolean().default(false),
  trustedHops: z.int().min(0).max(10).default(0),
  rules: z.array(rule),
});

export type PolicyConfig = Readonly<z.output<typeof policy>>;

/** What signs tokens with keys that somebody else may have is not in it. */
export const algorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
] as const;

const refresh = durationMs.refine((ms) => ms >= secondMs && ms <= 24 * hourMs, { error: "must be from 1s to 24h" });

const jwks = z.union([
  z.strictObject({
    url: textThat((text) =>
      /^https?:$/.test(URL.parse(text)?.protocol ?? "")
        ? undefined
        : `"${text}" is no URL such as https://id.example.com/keys`,
    ),
    refresh: refresh.default(300_000),
    timeout: durationMs
      .refine((ms) => ms >= 1 && ms <= 60 * secondMs, { error: "must be from 1ms to 60s" })
      .default(5000),
  }),
  z.strictObject({ file: name, refresh: refresh.default(10_000) }),
  z.strictObject({ inline: z.looseObject({ keys: list(z.looseObject({ kty: name })) }) }),
]);

export type JwksConfig = Readonly<z.output<typeof jwks>>;

const issuer = z.strictObject({
  issuer: name,
  audiences: list(name),
  algorithms: list(z.enum(algorithms)),
  leeway: durationMs.default(30_000),
  jwks,
});

export type IssuerConfig = Readonly<z.output<typeof issuer>>;

/** One file of policies, and of what they refer to. Files are put together. */
export const authorizationSchema = z.strictObject({
  defaultPolicy: name.optional(),
  policies: record(name, policy).default({}),
  apiKeys: record(name, record(name, textThat(checkSecretHash))).default({}),
  users: record(name, record(name, textThat(checkPasswordHash))).default({}),
  issuers: record(name, issuer).default({}),
});

export type AuthorizationConfig = Readonly<z.output<typeof authorizationSchema>>;
