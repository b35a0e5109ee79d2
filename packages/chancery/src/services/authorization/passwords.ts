import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { bcrypt } from "../../lazy.ts";
import { Recent } from "./recent.ts";

/** The passwords of one set of users: only their hashes are known. */
export interface Passwords {
  /** Whether it is the user's; "busy" if too many are being checked. */
  verify(user: string, password: string): Promise<boolean | "busy">;
}

/** Checks that go on at once, in all sets: each takes a thread for some tens of milliseconds. */
const maxChecks = 8;
/** Passwords that were right are known for this long, so that not each request costs as much as the first. */
const rememberMs = 300_000;
const maxRemembered = 10_000;
const maxPasswordBytes = 1024;

/** Says why a text is no hash of a password; undefined if it is one. */
export function checkPasswordHash(text: string): string | undefined {
  const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z\d]{53}$/.exec(text)?.[1];
  if (cost !== undefined)
    return Number(cost) <= 12 ? undefined : `bcrypt with a cost of ${cost} takes too long; use 12 or less`;
  const parsed = readScrypt(text);
  if (parsed !== undefined) return undefined;
  // It may well be the password itself, so that it is not repeated.
  return 'must be a hash by scrypt or bcrypt; "chancery authz hash --password" makes one, as does "htpasswd -nB"';
}

const encode = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");

/** Hashes a password, in the form of https://github.com/P-H-C/phc-string-format. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const parameters = { N: 2 ** 14, r: 8, p: 1 };
  const hash = await derive(password, salt, { ...parameters, length: 32 });
  return `$scrypt$ln=14,r=8,p=1$${encode(salt)}$${encode(hash)}`;
}

let checks = 0;

/** Compiles the hashes of passwords, by user. */
export function toPasswords(hashes: Readonly<Record<string, string>>): Passwords {
  const secret = randomBytes(32);
  const remembered = new Recent<true>(maxRemembered);
  // Whoever is unknown takes as long as somebody who is not.
  const decoy = Object.values(hashes)[0];
  return {
    async verify(user, password) {
      if (Buffer.byteLength(password) > maxPasswordBytes) return false;
      const known = Object.hasOwn(hashes, user) ? hashes[user] : undefined;
      const hash = known ?? decoy;
      if (hash === undefined) return false;
      const key = createHmac("sha256", secret)
        .update(JSON.stringify([user, password]))
        .digest("base64");
      if (remembered.get(key, performance.now())) return true;
      if (checks >= maxChecks) return "busy";
      checks++;
      try {
        const isRight = (await verifyHash(password, hash)) && known !== undefined;
        if (isRight) remembered.set(key, true, performance.now() + rememberMs);
        return isRight;
      } finally {
        checks--;
      }
    },
  };
}

async function verifyHash(password: string, text: string): Promise<boolean> {
  const parsed = readScrypt(text);
  if (parsed === undefined) return await bcrypt().verify(password, text);
  const { salt, hash, ...parameters } = parsed;
  return timingSafeEqual(await derive(password, salt, { ...parameters, length: hash.length }), hash);
}

interface Scrypt {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const scryptAsync = promisify<string, Buffer, number, object, Buffer>(scrypt);

function derive(password: string, salt: Buffer, { N, r, p, length }: Scrypt & { length: number }): Promise<Buffer> {
  return scryptAsync(password, salt, length, { N, r, p, maxmem: 256 * N * r });
}

/** Undefined if it is none, or one that would take more than 128 MiB or a second. */
function readScrypt(text: string): (Scrypt & { readonly salt: Buffer; readonly hash: Buffer }) | undefined {
  const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d)\$([A-Za-z\d+/]{11,86})\$([A-Za-z\d+/]{43,86})$/;
  const [, ln, r, p, salt = "", hash = ""] = form.exec(text) ?? [];
  const parameters = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  const isBounded =
    Number(ln) >= 10 && Number(ln) <= 17 && parameters.r >= 1 && parameters.r <= 8 && parameters.p === 1;
  if (!isBounded) return undefined;
  return { ...parameters, salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}
