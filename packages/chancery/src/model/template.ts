import { suggest } from "../cli/suggest.ts";
import { withHint } from "./hint.ts";
import { operators } from "./operators.ts";

/**
 * Says what Envoy would refuse of a text with command operators, such as `%DOWNSTREAM_REMOTE_ADDRESS%`; undefined if it
 * takes it. https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage#command-operators
 */
export function checkTemplate(text: string): string | undefined {
  let rest = text.replaceAll("%%", "");
  for (let at = rest.indexOf("%"); at >= 0; at = rest.indexOf("%")) {
    rest = rest.slice(at);
    const [all, name, argument] = /^%([A-Z0-9_]+)(?:\(([^)]*)\))?(?::\d+)?%/.exec(rest) ?? [];
    if (all === undefined || name === undefined) return withHint("has a % that begins no command operator", escaping);
    const problem = checkOperator(name, argument);
    if (problem !== undefined) return problem;
    rest = rest.slice(all.length);
  }
  return undefined;
}

const escaping = "write %% for a percent sign";

function checkOperator(name: string, argument: string | undefined): string | undefined {
  const known = operators.get(name);
  if (known === undefined) {
    const meant = suggest(name, operators.keys());
    return withHint(`has %${name}%, which Envoy does not know`, meant ? `did you mean %${meant}%?` : escaping);
  }
  if (known.needsArgument && argument === undefined) return `has %${name}% without its argument: %${name}(…)%`;
  return undefined;
}
