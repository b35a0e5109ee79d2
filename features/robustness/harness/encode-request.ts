import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import type { Variant } from "@chancery/xds";

export interface RequestFields {
  readonly typeUrl?: string;
  readonly node?: string;
  readonly nonce?: string;
  readonly nack?: string;
  /** SotW. */
  readonly version?: string;
  /** SotW: all that is wanted; delta: what is added. */
  readonly names?: readonly string[];
  /** Delta. */
  readonly unsubscribe?: readonly string[];
  readonly initialVersions?: Readonly<Record<string, string>>;
}

/**
 * A `DiscoveryRequest` or a `DeltaDiscoveryRequest` in wire format.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto
 */
export function encodeRequest(variant: Variant, fields: RequestFields): Buffer {
  const { typeUrl, node, nonce, nack, version, names = [], unsubscribe = [], initialVersions = {} } = fields;
  const number = numbers[variant];
  const writer = new WireWriter();
  const bytes = (field: number, value: Uint8Array) => writer.tag(field, WireType.Bytes).bytes(value);
  const text = (field: number, value: string | undefined) => {
    if (value !== undefined) writer.tag(field, WireType.Bytes).string(value);
  };
  if (node !== undefined) bytes(number.node, encodeNode(node));
  text(number.version, version);
  text(number.typeUrl, typeUrl);
  for (const name of names) text(number.names, name);
  for (const name of unsubscribe) text(number.unsubscribe, name);
  for (const entry of Object.entries(initialVersions)) bytes(number.initialVersions, encodeEntry(entry));
  text(number.nonce, nonce);
  if (nack !== undefined) bytes(number.error, encodeStatus(nack));
  return Buffer.from(writer.finish());
}

const numbers = {
  sotw: { version: 1, node: 2, names: 3, typeUrl: 4, nonce: 5, error: 6, unsubscribe: 100, initialVersions: 101 },
  delta: { node: 1, typeUrl: 2, names: 3, unsubscribe: 4, initialVersions: 5, nonce: 6, error: 7, version: 100 },
} as const;

function encodeNode(id: string): Uint8Array {
  const locality = new WireWriter().tag(1, WireType.Bytes).string("eu").tag(2, WireType.Bytes).string("eu-1").finish();
  return new WireWriter()
    .tag(1, WireType.Bytes)
    .string(id)
    .tag(2, WireType.Bytes)
    .string("edge")
    .tag(4, WireType.Bytes)
    .bytes(locality)
    .tag(6, WireType.Bytes)
    .string("envoy")
    .tag(10, WireType.Bytes)
    .string("xds.config.resource-in-sotw")
    .finish();
}

function encodeEntry([key, value]: readonly [string, string]): Uint8Array {
  return new WireWriter().tag(1, WireType.Bytes).string(key).tag(2, WireType.Bytes).string(value).finish();
}

function encodeStatus(message: string): Uint8Array {
  return new WireWriter().tag(1, WireType.Varint).int32(13).tag(2, WireType.Bytes).string(message).finish();
}
