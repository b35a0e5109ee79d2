import type { DiscoveryEvent } from "@chancery/xds";
import { z } from "zod";

/** What may happen to a client, and what it is called. */
export const eventKinds = {
  open: "a client has said who it is",
  close: "a client is gone",
  sent: "a client was sent a response",
  ack: "a client took a response",
  nack: "a client refused a response",
  stale: "a client answered an older response than the last",
} as const satisfies Record<DiscoveryEvent["kind"], string>;

/** What the API says of an event. Kinds may be added, and members to each. */
export const eventMessage = z.looseObject({
  kind: z.string(),
  at: z.iso.datetime(),
  client: z.object({
    id: z.int(),
    node: z.object({ id: z.string(), cluster: z.string() }),
    method: z.string(),
    variant: z.enum(["sotw", "delta"]),
    group: z
      .string()
      .describe("Whose snapshots it is served: `fleet/` and a name, and its node id; `fleet/(none)` for no fleet"),
  }),
  type: z.string().optional().describe("As in snapshots, such as `clusters`"),
  version: z.string().optional(),
  nonce: z.string().optional(),
  size: z.int().optional().describe("Bytes of the response"),
  error: z.object({ code: z.int(), message: z.string() }).optional().describe("Why a client refused it"),
  resources: z
    .array(z.string())
    .optional()
    .describe("The names of the resources that were new or changed in what it refused"),
  culprits: z.array(z.string()).optional().describe("Those of them that the error names"),
});

export type EventMessage = z.infer<typeof eventMessage>;

/** An event as plain data. */
export function toEventMessage(event: DiscoveryEvent, at: Date): EventMessage {
  const { kind, client, ...details } = event;
  const { id, node, method, variant, group } = client;
  return {
    kind,
    at: at.toISOString(),
    client: { id, node: { id: node.id, cluster: node.cluster }, method, variant, group },
    ...details,
    ...("type" in event ? { type: event.type.key } : {}),
  } as EventMessage; // `details` has a type in the way, which the last line replaces
}
