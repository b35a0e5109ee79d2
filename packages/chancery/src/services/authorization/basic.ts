import { findCredential, type Place } from "./credential.ts";
import { type Finding, unmet } from "./finding.ts";
import { type Known, named } from "./known.ts";
import type { Check } from "./requirement.ts";
import type { BasicConfig } from "./schema.ts";

const place: Place = { in: "header", name: "authorization", scheme: "Basic" };

/** Wants the name and password of a user. https://www.rfc-editor.org/rfc/rfc7617 */
export function checkBasic(config: BasicConfig, { users }: Pick<Known, "users">): Check {
  const passwords = named(users, config.users);
  const no = (reason: string) => unmet(401, reason, `Basic realm="${config.realm}", charset="UTF-8"`);
  return (facts) => {
    const found = findCredential(facts, place);
    if (found.kind === "none") return no("there are no basic credentials");
    if (found.kind === "several") return no("there are several basic credentials");
    const [user, password] = readCredentials(found.value) ?? [];
    if (user === undefined || password === undefined) return no("the basic credentials cannot be read");
    return passwords.verify(user, password).then((verified): Finding => {
      if (verified === "busy") return unmet(503, "too many passwords are being checked");
      // Whether there is such a user is not to be told.
      if (!verified) return no("the user or the password is wrong");
      return {
        met: true,
        reason: `the password is that of "${user}"`,
        subject: user,
        ...(config.userHeader !== undefined && { headers: new Map([[config.userHeader, user]]) }),
        ...(!config.forward && { strips: [place] }),
      };
    });
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readCredentials(text: string): readonly [user: string, password: string] | undefined {
  if (!/^[A-Za-z\d+/]+={0,2}$/.test(text)) return undefined;
  try {
    const decoded = utf8.decode(Buffer.from(text, "base64"));
    const colon = decoded.indexOf(":");
    return colon < 0 ? undefined : [decoded.slice(0, colon), decoded.slice(colon + 1)];
  } catch {
    return undefined;
  }
}
