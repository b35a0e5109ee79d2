import { crc32 } from "node:zlib";
import { makeTag, WireReader, WireType } from "@chancery/envoy-api/wire";
import { WeakValues } from "../resource/weak-values.ts";

/** The resource versions by name that a reconnecting delta client says it has: `initial_resource_versions`. */
export interface Claim {
  /** Different for each claim of the process; stands for its content in the keys of caches. */
  readonly id: number;
  readonly versions: ReadonlyMap<string, string>;
}

/** Reads a claim from its repeated field in wire format. A fleet that reconnects says the same: that is one object. */
export function readClaim(bytes: Uint8Array): Claim {
  const key = `${bytes.length}/${crc32(bytes)}`;
  const known = claims.get(key);
  if (known !== undefined && Buffer.compare(known.bytes, bytes) === 0) return known;
  const claim = { id: ++lastId, versions: readVersions(bytes), bytes: new Uint8Array(bytes) };
  claims.set(key, claim);
  return claim;
}

const claims = new WeakValues<string, Claim & { readonly bytes: Uint8Array }>();
let lastId = 0;

const nameTag = makeTag(1, WireType.Bytes);
const versionTag = makeTag(2, WireType.Bytes);

function readVersions(bytes: Uint8Array): Map<string, string> {
  const versions = new Map<string, string>();
  const reader = new WireReader(bytes);
  while (!reader.done) {
    reader.tag();
    const entry = new WireReader(reader.bytes());
    let name = "";
    let version = "";
    while (!entry.done) {
      const tag = entry.tag();
      if (tag === nameTag) name = entry.string();
      else if (tag === versionTag) version = entry.string();
      else entry.skip(tag);
    }
    versions.set(name, version);
  }
  return versions;
}
