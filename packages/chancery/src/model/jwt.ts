import { z } from "zod";
import { listOf } from "./values.ts";

/** A key to check signatures with. One that could sign too has no business in a configuration. */
const publicKey = z
  .looseObject({
    kty: z
      .enum(["RSA", "EC", "OKP"], { error: "must be RSA, EC or OKP: a key that is shared could sign too" })
      .describe("The kind of key; what else there is in it is as RFC 7517 has it"),
  })
  .refine((key) => !("d" in key), { path: ["d"], error: "is what makes it a private key; give the public one" })
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
  claims: z
    .record(headerName, z.string().min(1))
    .optional()
    .describe("Headers that the service gets, and the claim of each: { x-user: sub, x-roles: realm.roles }"),
  forward: z.boolean().default(true).describe("Whether the service gets the token too"),
  optional: z.boolean().default(false).describe("Lets requests without a token pass; one that is wrong is refused"),
});

/** Whose tokens requests have to come with. */
export const jwt = z
  .union([z.literal(false), fields])
  .describe("Tokens in authorization: Bearer that requests have to have; false lets all, whatever a wider target says");

/** Tokens of one issuer, in the canonical form. */
export type Jwt = z.output<typeof fields>;
