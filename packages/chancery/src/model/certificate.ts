import { z } from "zod";

const path = z.string().min(1).describe("A file; a relative path begins at the folder of the file that says it");
const pem = z.string().includes("-----BEGIN ", { error: "must be PEM, which begins with -----BEGIN" });

const tlsCertificate = z.strictObject({
  kind: z.literal("certificate").default("certificate").describe("certificate: for servers, and for Envoy as a client"),
  files: z
    .strictObject({ cert: path, key: path })
    .optional()
    .describe("Files that are watched: what is in them when they change is used at once"),
  inline: z.strictObject({ cert: pem, key: pem }).optional().describe("Instead of files: the text itself"),
});

const ca = z.strictObject({
  kind: z.literal("ca").describe("ca: what the certificates of others are checked against"),
  files: z.strictObject({ ca: path, crl: path.optional() }).optional(),
  inline: z.strictObject({ ca: pem, crl: pem.optional() }).optional(),
});

const secret = z.strictObject({
  kind: z.literal("secret").describe("secret: any other, for filters that take one"),
  files: z.strictObject({ secret: path }).optional(),
  inline: z.strictObject({ secret: z.string().min(1) }).optional(),
});

/** A certificate with its key, a CA, or another secret. */
export const certificate = z
  .union([tlsCertificate, ca, secret])
  .refine(({ files, inline }) => (files === undefined) !== (inline === undefined), {
    error: "must have either files or inline",
  });

/** A certificate in its canonical form: `files` have absolute paths. */
export type Certificate = z.output<typeof certificate>;
