import type { Client, TypeStatus } from "@chancery/xds";
import { z } from "zod";

const time = z.iso.datetime();

const typeStatus = z.object({
  type: z.string().describe("As in snapshots, such as `clusters`; a type URL if Envoy's API has no service for it"),
  typeUrl: z.string(),
  inSync: z.boolean().describe("Whether the client took all that there is for it now"),
  sent: z.object({ version: z.string(), at: time }).optional().describe("The last response"),
  acked: z.object({ version: z.string(), at: time }).optional().describe("The last one that it took"),
  nacked: z
    .object({
      version: z.string(),
      at: time,
      code: z.int(),
      message: z.string(),
      culprits: z.array(z.string()).describe("Resources of the response that the message names"),
    })
    .optional()
    .describe("The last one that it refused, until it takes one"),
  quarantined: z.array(z.string()).optional().describe("Resources that it is not served, as it refuses them"),
});

/** What the API says of one connected client: of one stream. */
export const clientStatus = z
  .object({
    id: z.int().describe("Counts the streams since the start"),
    node: z.object({
      id: z.string(),
      cluster: z.string(),
      locality: z.object({ region: z.string(), zone: z.string(), subZone: z.string() }),
      userAgent: z.string(),
    }),
    group: z.string().describe("The clients of a group share a snapshot"),
    method: z.string().describe("The gRPC method of its stream"),
    variant: z.enum(["sotw", "delta"]),
    peer: z.object({ address: z.string(), port: z.int(), secure: z.boolean().describe("Whether it came over TLS") }),
    openedAt: time,
    inSync: z.boolean().describe("Whether it is with all its types"),
    types: z.array(typeStatus).describe("What it has asked for, in the order in which it is served"),
  })
  .describe("A stream of a client");

export type ClientStatus = z.infer<typeof clientStatus>;

/** What there is to know of a client, as plain data. */
export function toClientStatus(client: Client): ClientStatus {
  const { id, node, group, method, variant, peer, openedAt } = client;
  const types = [...client.types].map(toTypeStatus);
  return {
    id,
    node: { id: node.id, cluster: node.cluster, locality: node.locality, userAgent: node.userAgentName },
    group,
    method,
    variant,
    peer: { address: peer.address, port: peer.port, secure: peer.secure },
    openedAt: openedAt.toISOString(),
    inSync: types.every(({ inSync }) => inSync),
    types,
  };
}

function toTypeStatus({ type, progress, sent, acked, nacked, quarantined }: TypeStatus): ClientStatus["types"][number] {
  return {
    type: type.key,
    typeUrl: type.typeUrl,
    inSync: progress === "accepted",
    ...(sent && { sent: { version: sent.version, at: sent.at.toISOString() } }),
    ...(acked && { acked: { version: acked.version, at: acked.at.toISOString() } }),
    ...(quarantined.length > 0 && { quarantined: [...quarantined] }),
    ...(nacked && {
      nacked: {
        version: nacked.version,
        at: nacked.at.toISOString(),
        code: nacked.code,
        message: nacked.message,
        culprits: [...nacked.culprits],
      },
    }),
  };
}
