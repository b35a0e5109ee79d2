import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { ownValue } from "../own-value.ts";
import { record } from "./record.ts";
import { listOf } from "./values.ts";

/** A key to check signatures with. One that could sign too has no business in a configuration. */
const publicKey = z
  .looseObject({
    kty: z
      .enum(["RSA", "EC", "OKP"], { error: "must be RSA, EC or OKP: a key that is shared could sign too" })
      .describe("The kind of key; what else there is in it is as RFC 7517 has it"),
  })
  .superRefine((key, context) => {
    const mistake = keyMistake(key);
    if (mistake !== undefined) context.addIssue({ code: "custom", ...mistake });
  })
  .describe("A public key as a JSON Web Key");

const jwks = z
  .strictObject({ inline: z.strictObject({ keys: z.array(publicKey).min(1) }) })
  .describe("The keys that tokens are signed by, as a JSON Web Key Set");

/** The name of a header that is set. */
const headerName = z
  .string()
  .regex(/^[a-z0-9_-]+$/, { error: "must be the name of a header in lower case, such as x-user" });

const fields = z.strictObject({
  issuer: z.string().min(1).describe("What iss has to be"),
  audiences: listOf(z.string().min(1)).optional().describe("aud has to be one of these. Default: any"),
  jwks,
  claims: record(headerName, z.string().min(1))
    .optional()
    .describe("Headers that the service gets, and the claim of each: { x-user: sub, x-roles: realm.roles }"),
  forward: z.boolean().default(true).describe("Whether the service gets the token too"),
  optional: z.boolean().default(false).describe("Lets requests without a token pass; one that is wrong is refused"),
});

/** Whose tokens requests have to come with. */
export const jwt = z
  .union([z.literal(false), fields])
  .describe("Tokens in authorization: Bearer that requests have to have; false lets all, whatever a wider target says");

interface PublicKey {
  readonly kty: "RSA" | "EC" | "OKP";
  readonly [field: string]: unknown;
}

interface KeyMistake {
  readonly path: string[];
  readonly message: string;
}

/** The fields that make a key, and the algorithms that each curve is for. */
const forms = {
  RSA: { fields: ["n", "e"], algorithms: /^(RS|PS)/ },
  EC: { fields: ["crv", "x", "y"], algorithms: /^ES/ },
  OKP: { fields: ["crv", "x"], algorithms: /^EdDSA$/ },
} as const;

const curves: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  EC: { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" },
  OKP: { Ed25519: "EdDSA" },
};

/** Why a key is none to be had here, or Envoy would refuse all that has a policy with it. */
function keyMistake(key: PublicKey): KeyMistake | undefined {
  const { kty, crv, alg } = key;
  if ("d" in key) return { path: ["d"], message: "is what makes it a private key; give the public one" };
  const { fields, algorithms } = forms[kty];
  const absent = fields.find((field) => key[field] === undefined);
  if (absent !== undefined) return { path: [absent], message: `is missing, which a key of kind ${kty} has to have` };
  const known = curves[kty];
  const only = typeof crv === "string" ? ownValue(known, crv) : undefined;
  if (known !== undefined && only === undefined) {
    return { path: ["crv"], message: `must be ${Object.keys(known).join(" or ")}, which Envoy knows` };
  }
  if (typeof alg === "string" && (only === undefined ? !algorithms.test(alg) : alg !== only)) {
    return { path: ["alg"], message: `"${alg}" does not go with such a key` };
  }
  const read = readKey(key);
  // What BoringSSL takes: https://github.com/google/boringssl/blob/main/crypto/fipsmodule/rsa/rsa.cc.inc
  const { modulusLength = 512, publicExponent = 3n } = read?.asymmetricKeyDetails ?? {};
  const isSound = read !== undefined && modulusLength >= 512 && publicExponent >= 3n;
  return isSound ? undefined : { path: [], message: "is no key that can be read: a field is not what it has to be" };
}

function readKey(key: PublicKey): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}

/** Tokens of one issuer, in the canonical form. */
export type Jwt = z.output<typeof fields>;
