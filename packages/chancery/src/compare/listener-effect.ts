import { isDeepStrictEqual } from "node:util";

/** What becomes of the connections of a listener when it changes. */
export type ListenerEffect =
  | { readonly kind: "none" }
  /** Those of some filter chains drain, by name; the others stay. */
  | { readonly kind: "chains"; readonly chains: readonly string[] }
  | { readonly kind: "all"; readonly why: string };

/**
 * Envoy updates a listener in its place if nothing but its filter chains differs: only connections of chains that are gone
 * or not the same drain. Otherwise a new listener takes its place, and all connections drain.
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/listeners/lds
 *
 * Listeners are proto3 JSON by the names of the proto files.
 */
export function listenerEffect(before: unknown, after: unknown): ListenerEffect {
  const [old, now] = [toRecord(before), toRecord(after)];
  // Equal in what is shown, so what differs is hidden, and nobody can tell where it stands.
  if (isDeepStrictEqual(old, now)) return { kind: "all", why: "a secret in it changes" };
  const fields = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const other = fields.filter((field) => !inPlace.includes(field) && !isSame(old[field], now[field]));
  if (other.length > 0) return { kind: "all", why: `${other.join(", ")} ${other.length === 1 ? "changes" : "change"}` };
  if ("fcds_config" in old) return { kind: "all", why: "its filter chains come by FCDS" };
  if (toList(now.filter_chains).length === 0) return { kind: "all", why: "it has no filter chains" };
  const kept = chainsOf(now);
  const gone = chainsOf(old).filter((chain) => !kept.some((other) => isDeepStrictEqual(chain, other)));
  return gone.length === 0 ? { kind: "none" } : { kind: "chains", chains: gone.map(nameOf) };
}

/** What may differ without a new listener. */
const inPlace: readonly string[] = ["filter_chains", "default_filter_chain", "filter_chain_matcher"];

/** Of a list the order makes no difference to Envoy here. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return isDeepStrictEqual(a, b);
  return a.length === b.length && a.every((item) => b.some((other) => isDeepStrictEqual(item, other)));
}

function chainsOf({ filter_chains: chains, default_filter_chain: last }: Readonly<Record<string, unknown>>) {
  return [...toList(chains), ...(last === undefined ? [] : [last])].map(toRecord);
}

function nameOf({ name }: Readonly<Record<string, unknown>>): string {
  return typeof name === "string" && name !== "" ? name : "without a name";
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
