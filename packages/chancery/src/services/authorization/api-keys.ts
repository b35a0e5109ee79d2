import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The API keys of one set: only their hashes are known. */
export interface ApiKeys {
  /** Whose key it is; undefined if it is nobody's. */
  ownerOf(key: string): string | undefined;
}

const form = /^sha256:[\da-f]{64}$/;

/** Says why a text is no hash of an API key; undefined if it is one. */
export function checkSecretHash(text: string): string | undefined {
  if (form.test(text)) return undefined;
  // It may well be the key itself, so that it is not repeated.
  return 'must be the hash of a key, "sha256:" and 64 hexadecimal digits; "chancery authz hash" makes one';
}

/** The hash of a key, as configuration has it. Keys are long and random, so that one round is enough. */
export function hashApiKey(key: string): string {
  return `sha256:${sha256(key).toString("hex")}`;
}

/** Compiles the hashes of keys, by owner. */
export function toApiKeys(hashes: Readonly<Record<string, string>>): ApiKeys {
  // What a lookup tells by the time it takes is about a hash that nobody else can compute.
  const secret = randomBytes(32);
  const indexOf = (hash: Buffer) => createHmac("sha256", secret).update(hash).digest("base64");
  const known = new Map(
    Object.entries(hashes).map(([owner, text]) => {
      const hash = Buffer.from(text.slice("sha256:".length), "hex");
      return [indexOf(hash), { owner, hash }];
    }),
  );
  const decoy = { owner: undefined, hash: randomBytes(32) };
  return {
    ownerOf(key) {
      const hash = sha256(key);
      const found = known.get(indexOf(hash)) ?? decoy;
      return timingSafeEqual(found.hash, hash) ? found.owner : undefined;
    },
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
