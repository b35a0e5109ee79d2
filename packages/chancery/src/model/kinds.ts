import type { z } from "zod";
import { certificate } from "./certificate.ts";
import { fleet } from "./fleet.ts";
import { gateway, listener } from "./gateway.ts";
import { patch } from "./patch.ts";
import { policy, refuseAll } from "./policy.ts";
import { respondWithReason, route, rule } from "./route.ts";
import { service } from "./service.ts";

/** One kind of object: its key in documents, what one is called, and the schema that all else about it follows from. */
export interface Kind {
  readonly key: KindKey;
  readonly singular: string;
  /** What its objects say, in one line. */
  readonly what: string;
  readonly schema: z.ZodType;
  /** Objects below it that can be wrong by themselves. */
  readonly parts?: Parts;
  /** What stands in for an object that is wrong and was never right; undefined leaves it out. */
  instead?(content: unknown): unknown;
}

/** What an object has under one of its keys, by name: one that is wrong does not take the others with it. */
export interface Parts {
  readonly key: string;
  readonly singular: string;
  readonly schema: z.ZodType;
  /** What stands in for a part that is wrong and was never right; undefined leaves it out. */
  instead?(part: unknown, reason: string): unknown;
}

const schemas = {
  fleets: fleet,
  gateways: gateway,
  routes: route,
  services: service,
  certificates: certificate,
  policies: policy,
  patches: patch,
};

/** What documents call a kind, such as `routes`. */
export type KindKey = keyof typeof schemas;

/** An object of a kind in its canonical form. */
export type ObjectOf<K extends KindKey> = z.output<(typeof schemas)[K]>;

/** What a person writes: all kinds by key, objects by name. */
export type Config = { readonly [K in KindKey]?: Readonly<Record<string, z.input<(typeof schemas)[K]>>> };

/** All kinds, in the order of the reference. */
export const kinds: readonly Kind[] = [
  { key: "fleets", singular: "fleet", what: "Which Envoys get which gateways, and what they send back", schema: fleet },
  {
    key: "gateways",
    singular: "gateway",
    what: "Where clients come in: listeners",
    schema: gateway,
    parts: { key: "listeners", singular: "listener", schema: listener },
  },
  {
    key: "routes",
    singular: "route",
    what: "Which requests and connections go where",
    schema: route,
    parts: { key: "rules", singular: "rule", schema: rule, instead: respondWithReason },
  },
  { key: "services", singular: "service", what: "What answers: where it is, and how to speak to it", schema: service },
  {
    key: "certificates",
    singular: "certificate",
    what: "Certificates with their keys, CAs, and other secrets",
    schema: certificate,
  },
  {
    key: "policies",
    singular: "policy",
    what: "What holds for the requests of gateways, listeners, routes and rules",
    schema: policy,
    instead: refuseAll,
  },
  {
    key: "patches",
    singular: "patch",
    what: "Changes to what was generated, for what the other kinds cannot say",
    schema: patch,
  },
];

/** Checks the content of a `chancery.config.ts` while it is written; returns it as it is. */
export function defineConfig(config: Config): Config {
  return config;
}
