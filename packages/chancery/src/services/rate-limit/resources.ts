import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { type Resource, toResource } from "@chancery/xds";
import type { DescriptorConfig, DomainConfig, RateLimitConfig, UnitName } from "./schema.ts";

/** The group of the servers of envoyproxy/ratelimit: they all have the same limits. */
export const rateLimitGroup = "rate limits";

/** What servers of envoyproxy/ratelimit ask for over ADS. Envoy's API does not have it, so it is written by hand here. */
export const rateLimitConfigType = "type.googleapis.com/ratelimit.config.ratelimit.v3.RateLimitConfig";

/** The units that the type can say. */
const unitNumbers: Readonly<Partial<Record<UnitName, number>>> = { second: 1, minute: 2, hour: 3, day: 4 };

/**
 * A domain as a resource for servers of envoyproxy/ratelimit; undefined if it has a unit that the type cannot say. The
 * type says no algorithm but fixed windows, and neither what values share nor what they show in statistics. Quotas, which it
 * does not know either, let everything through as shadows do.
 * https://github.com/envoyproxy/go-control-plane/blob/main/ratelimit/config/ratelimit/v3/rls_conf.pb.go
 */
export function toRateLimitResource(config: DomainConfig): Resource | undefined {
  const { domain, descriptors } = config;
  if (!descriptors.every(canBeSaid)) return undefined;
  writer.tag(1, WireType.Bytes).string(domain).tag(2, WireType.Bytes).string(domain);
  for (const descriptor of descriptors) writeDescriptor(3, descriptor);
  return toResource({ typeUrl: rateLimitConfigType, name: domain, body: writer.finish() });
}

const writer = new WireWriter();

function canBeSaid({ rate_limit: limit, descriptors }: DescriptorConfig): boolean {
  const isKnown = !limit?.unit || unitNumbers[limit.unit] !== undefined;
  return isKnown && descriptors.every(canBeSaid);
}

function writeDescriptor(field: number, descriptor: DescriptorConfig): void {
  const { key, value, rate_limit: limit, descriptors, shadow_mode, quota_mode, detailed_metric } = descriptor;
  writer.tag(field, WireType.Bytes).fork();
  writeText(1, key);
  writeText(2, value);
  if (limit) writePolicy(limit);
  for (const inner of descriptors) writeDescriptor(4, inner);
  writeNumber(5, Number(shadow_mode || quota_mode));
  writeNumber(6, Number(detailed_metric));
  writer.join();
}

function writePolicy({ unit, requests_per_unit = 0, unlimited, name, replaces }: RateLimitConfig): void {
  writer.tag(3, WireType.Bytes).fork();
  writeNumber(1, (unit && unitNumbers[unit]) ?? 0);
  writeNumber(2, requests_per_unit);
  writeNumber(3, Number(unlimited));
  writeText(4, name);
  for (const replaced of replaces) {
    writer.tag(5, WireType.Bytes).fork();
    writeText(1, replaced.name);
    writer.join();
  }
  writer.join();
}

function writeText(field: number, text: string): void {
  if (text !== "") writer.tag(field, WireType.Bytes).string(text);
}

function writeNumber(field: number, number: number): void {
  if (number !== 0) writer.tag(field, WireType.Varint).varint(number);
}
