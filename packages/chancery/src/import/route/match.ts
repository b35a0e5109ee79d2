import { flagIn, isObject, type Json, numberIn, objectIn, objectsIn, textIn } from "../../explain/json.ts";
import { type Authored, oneOrMore, said, toPercent } from "../values.ts";

/** What a request must be like, as far as the model can say it; undefined for every request. */
export function toMatch(match: Json | undefined): Authored | undefined {
  const isGrpc = objectIn(match, "grpc") !== undefined;
  const methods = objectsIn(match, "headers").find(isMethods);
  const headers = objectsIn(match, "headers").filter(
    (header) => header !== methods && textIn(header, "name") !== ":method",
  );
  return said({
    path: isGrpc ? undefined : toPath(match),
    grpc: isGrpc ? toGrpc(match) : undefined,
    methods: methods && oneOrMore(methodsOf(methods)),
    headers: byName(headers, toHeader),
    query: byName(objectsIn(match, "query_parameters"), toText),
    cookies: byName(objectsIn(match, "cookies"), toText),
    fraction: toPercent(objectIn(objectIn(match, "runtime_fraction"), "default_value")),
  });
}

function toPath(match: Json | undefined): unknown {
  const ignoreCase = flagIn(match, "case_sensitive") === false;
  const [path, prefix] = [textIn(match, "path"), textIn(match, "prefix")];
  const [separated, regex] = [textIn(match, "path_separated_prefix"), textIn(objectIn(match, "safe_regex"), "regex")];
  if (regex !== "") return regex.startsWith("(?i)") ? { regex: regex.slice(4), ignoreCase: true } : { regex };
  if (path !== "")
    return ignoreCase || path.endsWith("/*") ? said({ exact: path, ignoreCase: ignoreCase || undefined }) : path;
  // The model's prefixes are whole segments: a slash at the end means nothing.
  const segments = (separated || prefix).replace(/\/+$/, "");
  if (segments === "") return undefined;
  return ignoreCase ? { prefix: segments, ignoreCase } : `${segments}/*`;
}

function toGrpc(match: Json | undefined): Authored {
  const [, service, method] = /^\/([^/]+)\/([^/]*)$/.exec(textIn(match, "path") || textIn(match, "prefix")) ?? [];
  return said({ service: service || undefined, method: method || undefined }) ?? {};
}

function isMethods(header: Json): boolean {
  return textIn(header, "name") === ":method" && methodsOf(header).length > 0;
}

function methodsOf(header: Json): readonly string[] {
  if (header.invert_match !== undefined) return [];
  const matcher = objectIn(header, "string_match");
  const [exact, regex] = [textIn(matcher, "exact"), textIn(objectIn(matcher, "safe_regex"), "regex")];
  const words = exact === "" ? regex.replace(/^\^?\(?|\)?\$?$/g, "").split("|") : [exact];
  return words.every((word) => /^[A-Z]+$/.test(word)) ? words : [];
}

/** Conditions by name; one that the model cannot say, or a second one of the same name, is left out. */
function byName(list: readonly Json[], toCondition: (item: Json) => unknown): Authored | undefined {
  const conditions = new Map<string, unknown>();
  for (const item of list) {
    const name = textIn(item, "name") === ":authority" ? "host" : textIn(item, "name");
    const condition = toCondition(item);
    if (condition !== undefined && !conditions.has(name)) conditions.set(name, condition);
  }
  return said(Object.fromEntries(conditions));
}

function toHeader(header: Json): unknown {
  const isTurned = flagIn(header, "invert_match") === true;
  const present = flagIn(header, "present_match");
  if (present !== undefined) return present !== isTurned;
  if (objectIn(header, "range_match") !== undefined) return undefined;
  const text = toText({ string_match: header.string_match ?? null });
  if (!isTurned || text === undefined) return text;
  return typeof text === "string" ? { exact: text, not: true } : { ...(text as object), not: true };
}

/** A condition on a text: the text itself if it has to be just that. */
function toText(item: Json): unknown {
  const present = flagIn(item, "present_match");
  if (present !== undefined) return present;
  const matcher = objectIn(item, "string_match");
  if (matcher === undefined) return undefined;
  const regex = textIn(objectIn(matcher, "safe_regex"), "regex");
  const ignoreCase = flagIn(matcher, "ignore_case") === true ? true : undefined;
  if (regex === ".*" && flagIn(item, "invert_match") !== true && item.name !== undefined) return true;
  if (regex !== "") return { regex };
  const forms = ["prefix", "suffix", "contains"].flatMap((form) => {
    const value = textIn(matcher, form);
    return value === "" ? [] : [[form, value]];
  });
  const exact = textIn(matcher, "exact");
  const not = flagIn(item, "invert_match") === true ? true : undefined;
  if (forms.length > 0) return said({ ...Object.fromEntries(forms), ignoreCase, not });
  return ignoreCase || not ? said({ exact, ignoreCase, not }) : exact;
}

/** Whether a match is for CONNECT requests alone. */
export function isConnectMatch(match: Json | undefined): boolean {
  return objectIn(match, "connect_matcher") !== undefined;
}

/** Such as `api-v1` for `/api/v1`: what a rule is called that has no name. */
export function nameOfMatch(match: Json | undefined): string {
  if (isConnectMatch(match)) return "connect";
  const path = [textIn(match, "path"), textIn(match, "prefix"), textIn(match, "path_separated_prefix")].join("");
  const [method] = objectsIn(match, "headers").flatMap(methodsOf);
  const header = objectsIn(match, "headers").find(({ name }) => typeof name === "string" && !name.startsWith(":"));
  const regex = textIn(objectIn(match, "safe_regex"), "regex");
  const fraction = numberIn(objectIn(objectIn(match, "runtime_fraction"), "default_value"), "numerator");
  const words = [path, regex, method, header && textIn(header, "name"), fraction && "some"];
  return words.filter((word) => word !== undefined && word !== "" && word !== "/").join("-") || "all";
}

/** Whether a rule matches just what a route does, but for what prefixes mean: nothing is left to a patch. */
export function isWholeMatch(match: Json | undefined, rule: Authored): boolean {
  const said = isObject(rule.match) ? rule.match : {};
  const inModel = ["headers", "query", "cookies"].flatMap((field) => Object.keys(objectIn(said, field) ?? {}));
  const single = ["methods", "fraction"].filter((field) => field in said);
  const inRoute = ["headers", "query_parameters", "cookies", "dynamic_metadata", "filter_state"].flatMap((field) =>
    objectsIn(match, field),
  );
  const others = ["runtime_fraction", "tls_context", "connect_matcher"].filter((field) => match?.[field] !== undefined);
  const asksPath = match !== undefined && toPath(match) !== undefined;
  const hasPath = "path" in said || "grpc" in said;
  return inModel.length + single.length >= inRoute.length + others.length && (hasPath || !asksPath);
}
