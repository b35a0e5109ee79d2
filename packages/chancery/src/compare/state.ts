import { type ResourceType, resourceTypes, type Snapshot, snapshotToJson, toSnapshot } from "@chancery/xds";
import { z } from "zod";
import type { KindKey } from "../model/kinds.ts";
import { type Item, kindKeys, type Model } from "../model/model.ts";

const object = z
  .object({ kind: z.string(), name: z.string(), value: z.unknown() })
  .describe("An object of the model in its canonical form; secrets are left out");

const resource = z.object({
  type: z.string().describe("As in snapshots, such as `clusters`"),
  name: z.string(),
  version: z.string().describe("A hash of its content"),
  content: z.unknown().describe("As proto3 JSON; secrets are left out"),
});

const group = z
  .object({ kind: z.enum(["fleet", "node"]), name: z.string(), resources: z.array(resource).readonly() })
  .describe("What the Envoys of a fleet get, or a node alone");

/** What configuration means, in a form that can be sent and compared: its schema. */
export const state = z.object({ objects: z.array(object).readonly(), groups: z.array(group).readonly() });

export type StateObject = z.infer<typeof object>;
export type StateResource = z.infer<typeof resource>;
export type StateGroup = z.infer<typeof group>;
export type State = z.infer<typeof state>;

/** All objects of a model. */
export function toObjects(model: Model): readonly StateObject[] {
  return [...eachObject(model)];
}

/** The same one after the other. */
export function* eachObject(model: Model): Generator<StateObject> {
  for (const key of kindKeys) for (const item of model[key].values()) yield toObject(item);
}

function toObject({ kind, name, value }: Item): StateObject {
  // What is not JSON, such as a field that is undefined, is not there when it has been sent.
  return { kind, name, value: hideSecrets(kind, JSON.parse(JSON.stringify(value))) };
}

/** What of a certificate nobody is to see. */
const secretFields = ["key", "secret"] as const;

export const hidden = "[redacted]";

function hideSecrets(kind: KindKey, value: unknown): unknown {
  if (kind !== "certificates" || typeof value !== "object" || value === null) return value;
  const { inline, ...rest } = value as { readonly inline?: Readonly<Record<string, string>> };
  if (inline === undefined) return value;
  const shown = Object.entries(inline).map(([field, text]) => {
    return [field, secretFields.some((secret) => secret === field) ? hidden : text];
  });
  return { ...rest, inline: Object.fromEntries(shown) };
}

/** All resources of a snapshot, in the order in which types are sent. */
export function toResources(snapshot: Snapshot): readonly StateResource[] {
  return [...eachResource(snapshot)];
}

/** The same one after the other, for who has something else to do in between. */
export function* eachResource(snapshot: Snapshot): Generator<StateResource> {
  const rank = (typeUrl: string) => typeOf(typeUrl)?.rank ?? resourceTypes.length;
  for (const { typeUrl, resources } of [...snapshot.sets].sort((a, b) => rank(a.typeUrl) - rank(b.typeUrl))) {
    const type = typeOf(typeUrl)?.key ?? typeUrl;
    for (const resource of resources) {
      const [[content] = []] = Object.values(snapshotToJson(toSnapshot([resource]), { redact: true }).resources);
      yield { type, name: resource.name, version: resource.version, content };
    }
  }
}

function typeOf(typeUrl: string): ResourceType | undefined {
  return resourceTypes.find((type) => type.typeUrl === typeUrl);
}
