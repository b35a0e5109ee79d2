import { resourceTypes } from "../resource/type.ts";

/** What transcripts call the types. */
const shortNames: Record<string, string> = {
  runtimes: "RTDS",
  clusters: "CDS",
  endpoints: "EDS",
  lbEndpoints: "LEDS",
  secrets: "SDS",
  extensionConfigs: "ECDS",
  listeners: "LDS",
  scopedRoutes: "SRDS",
  routes: "RDS",
  virtualHosts: "VHDS",
};

/** The type URL of a short name such as `CDS`; `none` is no type at all, everything else stands for itself. */
export function toTypeUrl(word: string): string {
  if (word === "none") return "";
  return resourceTypes.find(({ key }) => shortNames[key] === word)?.typeUrl ?? word;
}

/** The short name of a type, or its URL if it has none. */
export function toShortName(typeUrl: string): string {
  const type = resourceTypes.find((candidate) => candidate.typeUrl === typeUrl);
  return (type && shortNames[type.key]) ?? typeUrl;
}
