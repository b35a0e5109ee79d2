import { toRegex } from "../../re2.ts";
import { type Addresses, toAddresses } from "./addresses.ts";
import type { Facts, HttpFacts } from "./facts.ts";
import { matchesHost } from "./host.ts";
import type { HeaderConfig, MatchConfig, PathConfig } from "./schema.ts";

/**
 * How many values of a header have to match: what lets through wants all, what denies or requires something wants any,
 * so that one more value never gets a request further.
 */
export type Quantity = "all" | "any";

/** Says why a request does not match; undefined if it does. */
export type Mismatch = (facts: Facts) => string | undefined;

/** Compiles what a rule is for; all of it has to match. */
export function toMismatch(config: MatchConfig, quantity: Quantity): Mismatch {
  const { path, methods, hosts, ips, headers = {} } = config;
  const parts: Mismatch[] = [
    ...(methods ? [matchMethods(methods, quantity)] : []),
    ...(hosts ? [matchHosts(hosts)] : []),
    ...(path ? [matchPaths(Array.isArray(path) ? path : [path])] : []),
    ...(ips ? [matchIps(ips, toAddresses(ips))] : []),
    ...Object.entries(headers).map(([name, value]) => matchHeader(name, value, quantity)),
  ];
  return (facts) => {
    for (const part of parts) {
      const reason = part(facts);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
}

function ofHttp(part: (http: HttpFacts) => string | undefined): Mismatch {
  return ({ http }) => (http === undefined ? "it is a connection and no request" : part(http));
}

function matchMethods(methods: readonly string[], quantity: Quantity): Mismatch {
  return ofHttp(({ method }) => {
    // Some servers take "delete" for DELETE, though it is another method.
    const known = quantity === "any" ? method.toUpperCase() : method;
    return methods.includes(known) ? undefined : `method ${method} is not ${methods.join(", ")}`;
  });
}

function matchHosts(hosts: readonly string[]): Mismatch {
  return ofHttp(({ host }) =>
    hosts.some((pattern) => matchesHost(host, pattern)) ? undefined : `host "${host}" is not ${hosts.join(", ")}`,
  );
}

function matchPaths(paths: readonly PathConfig[]): Mismatch {
  const tests = paths.map(toPathTest);
  return ofHttp(({ path }) =>
    tests.some(({ matches }) => matches(path))
      ? undefined
      : `path "${path}" ${tests.map(({ not }) => not).join(", and ")}`,
  );
}

interface PathTest {
  matches(path: string): boolean;
  readonly not: string;
}

function toPathTest(config: PathConfig): PathTest {
  if ("exact" in config) return { matches: (path) => path === config.exact, not: `is not "${config.exact}"` };
  if ("regex" in config) {
    return { matches: matcherOf(config.regex), not: `does not match "${config.regex}"` };
  }
  // Whole segments only: what is for /api is not for /apis.
  const prefix = config.prefix.replace(/\/$/, "");
  return {
    matches: (path) => path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === "/"),
    not: `is not below "${config.prefix}"`,
  };
}

function matchIps(ips: readonly string[], addresses: Addresses): Mismatch {
  return ({ ip }) => (addresses.has(ip) ? undefined : `address "${ip}" is not in ${ips.join(", ")}`);
}

function matchHeader(name: string, config: HeaderConfig, quantity: Quantity): Mismatch {
  if (typeof config !== "string" && "present" in config) {
    return ofHttp(({ headers }) => {
      if (headers.has(name) === config.present) return undefined;
      return `header "${name}" is ${config.present ? "not there" : "there"}`;
    });
  }
  const { matches, text, what } = toValueTest(config);
  return ofHttp(({ headers }) => {
    const values = headers.get(name);
    if (values === undefined) return `header "${name}" is not there`;
    // A header that came twice may arrive as one, and one value with commas may be read as several.
    const parts = text.includes(",") ? values : values.flatMap((value) => value.split(",").map((part) => part.trim()));
    const isMatch =
      quantity === "all" ? parts.every(matches) : parts.some(matches) || values.some((value) => matches(value));
    return isMatch ? undefined : `header "${name}" ${what}`;
  });
}

function toValueTest(config: Exclude<HeaderConfig, { present: boolean }>) {
  if (typeof config === "string" || "exact" in config) {
    const text = typeof config === "string" ? config : config.exact;
    return { text, matches: (value: string) => value === text, what: `is not "${text}"` };
  }
  if ("prefix" in config) {
    const { prefix: text } = config;
    return { text, matches: (value: string) => value.startsWith(text), what: `does not begin with "${text}"` };
  }
  return { text: config.regex, matches: matcherOf(config.regex), what: `does not match "${config.regex}"` };
}

/** Expressions are checked before, so that each can be compiled. */
function matcherOf(text: string): (subject: string) => boolean {
  const regex = toRegex(text);
  if (regex === undefined) throw new TypeError(`"${text}" is no regular expression`);
  return (subject) => regex.matches(subject);
}
