import { isIP, isIPv4, isIPv6 } from "node:net";
import type { StringRules } from "../descriptors/rules.ts";
import type { Check } from "./violation.ts";

/** The check of the one form a string must have, if its rules name one: an address, a host name, a URI. */
export function wellKnownCheck(rules: StringRules): Check<string> | undefined {
  const form = forms.find(({ name }) => rules[name]);
  if (form === undefined) return undefined;
  return (value) => (form.holds(value) ? undefined : { message: `must be ${form.what}` });
}

type FormName = "email" | "address" | "hostname" | "ip" | "ipv4" | "ipv6" | "uri" | "uriRef" | "uuid";

interface Form {
  readonly name: FormName;
  readonly what: string;
  holds(value: string): boolean;
}

const forms: readonly Form[] = [
  { name: "ip", what: "an IP address", holds: (value) => isIP(value) !== 0 },
  { name: "ipv4", what: "an IPv4 address", holds: isIPv4 },
  { name: "ipv6", what: "an IPv6 address", holds: isIPv6 },
  { name: "email", what: "an email address", holds: isEmail },
  { name: "address", what: "a host name or an IP address", holds: (value) => isHostname(value) || isIP(value) !== 0 },
  { name: "hostname", what: "a host name", holds: isHostname },
  { name: "uri", what: "an absolute URI", holds: (value) => URL.canParse(value) },
  { name: "uriRef", what: "a URI", holds: (value) => URL.canParse(value, "http://localhost/") },
  { name: "uuid", what: "a UUID", holds: (value) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) },
];

function isHostname(value: string): boolean {
  const name = value.replace(/\.$/, "");
  return value.length <= 253 && /^([a-z\d]([a-z\d-]{0,61}[a-z\d])?)(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i.test(name);
}

function isEmail(value: string): boolean {
  const at = value.lastIndexOf("@");
  return value.length <= 254 && at > 0 && at <= 64 && !/[\s<>]/.test(value) && isHostname(value.slice(at + 1));
}
