import { flagIn, type Json, objectIn, textIn, typeIn } from "./json.ts";
import { pathOnly, withoutParameters } from "./path.ts";
import { toUriTemplate } from "./uri-template.ts";
import { type Check, check, foldCase, plainTest, quote, regexTest } from "./values.ts";

export interface PathFacts {
  readonly method: string;
  readonly path: string;
  /** The route configuration's `ignore_path_parameters_in_path_matching`. */
  readonly ignoreParameters: boolean;
}

/** Whether the path of an `envoy.config.route.v3.RouteMatch` holds; its query never counts here. */
export function checkPath(match: Json, facts: PathFacts): Check {
  const { method, ignoreParameters } = facts;
  if ("connect_matcher" in match) return check("method is CONNECT", method === "CONNECT", `method is ${method}`);
  const whole = pathOnly(facts.path);
  const ignoreCase = !(flagIn(match, "case_sensitive") ?? true);
  const policy = objectIn(match, "path_match_policy");
  // The template sees the path as it is.
  if (policy !== undefined) return checkPolicy(policy, whole);
  const path = ignoreParameters ? withoutParameters(whole) : whole;
  if (whole === "" && method === "CONNECT") return check("path", "no", "a CONNECT has no path to match");
  const regex = objectIn(match, "safe_regex");
  if (regex !== undefined) return checkText(regexTest(regex), path);
  if ("path" in match) return checkText(plainTest("exact", textIn(match, "path"), ignoreCase), path);
  if ("path_separated_prefix" in match) return checkSegments(textIn(match, "path_separated_prefix"), path, ignoreCase);
  return checkText(plainTest("prefix", textIn(match, "prefix"), ignoreCase), path);
}

function checkText(test: ReturnType<typeof plainTest>, path: string): Check {
  return check(`path ${test.says}`, test.test(path), `path ${quote(path)} ${test.denies}`);
}

function checkSegments(prefix: string, path: string, ignoreCase: boolean): Check {
  const fold = (text: string) => (ignoreCase ? foldCase(text) : text);
  const begins = fold(path).startsWith(fold(prefix)) && ["", "/"].includes(path.charAt(prefix.length));
  const what = `${quote(prefix)} or what is below it`;
  return check(`path is ${what}`, begins, `path ${quote(path)} is neither ${quote(prefix)} nor below it`);
}

const uriTemplate = "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";

function checkPolicy(policy: Json, path: string): Check {
  const config = objectIn(policy, "typed_config");
  if (typeIn(config) !== uriTemplate) {
    const name = textIn(policy, "name");
    return check(`path passes ${quote(name)}`, "unknown", `the extension ${quote(name)} judges the path`);
  }
  const template = textIn(config, "path_template");
  const fits = toUriTemplate(template).match(path) !== undefined;
  return check(`path fits ${quote(template)}`, fits, `path ${quote(path)} does not fit ${quote(template)}`);
}
