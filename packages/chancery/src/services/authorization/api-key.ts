import { describePlace, findCredential, type Place, toPlace } from "./credential.ts";
import { unmet } from "./finding.ts";
import { type Known, named } from "./known.ts";
import type { Check } from "./requirement.ts";
import type { ApiKeyConfig } from "./schema.ts";

/** Wants an API key of a set. */
export function findApiKey(config: ApiKeyConfig, { apiKeys }: Pick<Known, "apiKeys">): Check {
  const keys = named(apiKeys, config.keys);
  const place: Place = toPlace(config, { in: "header", name: "x-api-key" });
  const where = describePlace(place);
  return (facts) => {
    const found = findCredential(facts, place);
    if (found.kind === "none") return unmet(401, `there is no API key in ${where}`);
    if (found.kind === "several") return unmet(401, `there are several API keys in ${where}`);
    const owner = keys.ownerOf(found.value);
    if (owner === undefined) return unmet(401, `the API key in ${where} is none of "${config.keys}"`);
    return {
      met: true,
      reason: `the API key is that of "${owner}"`,
      subject: owner,
      ...(config.userHeader !== undefined && { headers: new Map([[config.userHeader, owner]]) }),
      ...(!config.forward && { strips: [place] }),
    };
  };
}
