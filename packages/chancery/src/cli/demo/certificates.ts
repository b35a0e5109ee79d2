import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { ChanceryError, isSystemError } from "../../errors.ts";
import type { CertificateDescription } from "./description.ts";

/**
 * Makes throw-away certificates in a folder, `NAME.crt` and `NAME.key` each, in their order: a CA stands before what it
 * signs. They are valid for 90 days, and gone when this is disposed of.
 */
export async function makeCertificates(
  certificates: Readonly<Record<string, CertificateDescription>>,
  folder: string,
): Promise<AsyncDisposable> {
  await using made = new AsyncDisposableStack();
  for (const [name, description] of Object.entries(certificates)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    // Other files may have been put beside them.
    made.defer(() => rmdir(dirname(path)).catch(() => {}));
    for (const extension of ["crt", "key"]) made.defer(() => rm(`${path}.${extension}`, { force: true }));
    if ("kind" in description) await makeCa(path, name);
    else await makeSigned(path, { ...description, name, ca: join(folder, description.signedBy) });
  }
  return made.move();
}

async function makeCa(path: string, name: string): Promise<void> {
  await withConfig(path, "basicConstraints=critical,CA:TRUE", (config) => {
    const about = ["-config", config, "-extensions", "ext", ...validity, ...subject(name)];
    return openssl(["req", "-x509", ...newKey(path), ...about, "-out", `${path}.crt`]);
  });
}

interface Signed {
  readonly name: string;
  readonly subject?: string | undefined;
  readonly names: readonly string[];
  /** The path of the CA without extension. */
  readonly ca: string;
}

async function makeSigned(path: string, { name, subject: commonName = name, names, ca }: Signed): Promise<void> {
  await withConfig(path, `subjectAltName=${names.map(toSan).join(",")}`, async (config) => {
    const request = `${config}.csr`;
    await openssl(["req", "-new", ...newKey(path), ...subject(commonName), "-config", config, "-out", request]);
    const serial = `0x${randomBytes(8).toString("hex")}`;
    const by = ["-CA", `${ca}.crt`, "-CAkey", `${ca}.key`, "-set_serial", serial, ...validity];
    const from = ["-in", request, "-extfile", config, "-extensions", "ext"];
    await openssl(["x509", "-req", ...from, ...by, "-out", `${path}.crt`]);
  });
}

/** Longer than what the control plane warns of. */
const validity = ["-days", "90"];

function toSan(name: string): string {
  return name.includes("://") ? `URI:${name}` : /^[\d.]+$/.test(name) ? `IP:${name}` : `DNS:${name}`;
}

function newKey(path: string): string[] {
  return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", `${path}.key`];
}

function subject(commonName: string): string[] {
  return ["-subj", `/CN=${commonName.replace(/^.*\//, "")}`];
}

/** With a configuration of its own, so that nothing of the machine's is added. */
async function withConfig(path: string, extension: string, use: (config: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(`${path}-`);
  try {
    const config = join(folder, "openssl.cnf");
    await writeFile(config, `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${extension}\n`);
    await use(config);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function openssl(args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)("openssl", [...args]);
  } catch (cause) {
    if (!isSystemError(cause) || cause.code !== "ENOENT") throw cause;
    const message = 'Cannot make certificates: there is no "openssl" on PATH. Install OpenSSL (https://openssl.org).';
    throw new ChanceryError("openssl-missing", message, { cause });
  }
}
