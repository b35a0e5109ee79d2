import { suggest } from "../cli/suggest.ts";
import { withHint } from "./hint.ts";
import { argumentForms, operators } from "./operators.ts";

/**
 * Says what Envoy would refuse of a text with command operators, such as `%DOWNSTREAM_REMOTE_ADDRESS%`; undefined if it
 * takes it. https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage#command-operators
 */
export function checkTemplate(text: string): string | undefined {
  let rest = text.replaceAll("%%", "");
  for (let at = rest.indexOf("%"); at >= 0; at = rest.indexOf("%")) {
    rest = rest.slice(at);
    const [all, name, argument, length] = /^%([A-Z0-9_]+)(?:\(([^)]*)\))?(:\d+)?%/.exec(rest) ?? [];
    if (all === undefined || name === undefined) return withHint("has a % that begins no command operator", escaping);
    const problem = checkOperator(name, { argument, length });
    if (problem !== undefined) return problem;
    rest = rest.slice(all.length);
  }
  return undefined;
}

const escaping = "write %% for a percent sign";

interface Said {
  readonly argument: string | undefined;
  readonly length: string | undefined;
}

function checkOperator(name: string, { argument, length }: Said): string | undefined {
  const known = operators.get(name);
  if (known === undefined) {
    const meant = suggest(name, operators.keys());
    return withHint(`has %${name}%, which Envoy does not know`, meant ? `did you mean %${meant}%?` : escaping);
  }
  if (known.argument === "needed" && !argument) return `has %${name}% without its argument: %${name}(…)%`;
  if (known.argument === "none" && argument) return `has an argument in %${name}%, which takes none`;
  if (!known.isCuttable && length !== undefined) return `has a length in %${name}${length}%, which takes none`;
  const wanted = argumentForms.get(name);
  if (argument === undefined || wanted === undefined || wanted.form.test(argument)) return undefined;
  return `has "${argument}" as the argument of %${name}%, which has to be ${wanted.such}`;
}
