import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { promisify } from "node:util";
import type { Certificate } from "./resources.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/**
 * Makes a key and a certificate that is signed by itself, for `localhost` unless other names are given; `subject` tells
 * it from others.
 */
export async function selfSigned(
  t: TestContext,
  subject: string,
  names: readonly string[] = ["localhost"],
): Promise<Certificate> {
  const folder = await temporaryFolder(t);
  const keyFile = join(folder, "key.pem");
  const certificateFile = join(folder, "certificate.pem");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  const san = `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}`;
  const about = ["-subj", `/CN=${subject}`, "-addext", san, "-days", "1"];
  await promisify(execFile)("openssl", ["req", "-x509", ...key, ...about, "-out", certificateFile]);
  return { certificate: await readFile(certificateFile, "utf8"), key: await readFile(keyFile, "utf8") };
}

/** An authority, certificates that it has signed, and its list of those that it has revoked. */
export interface Authority {
  readonly ca: string;
  readonly crl: string;
  readonly good: Certificate;
  readonly revoked: Certificate;
}

/** Makes an authority that has signed two certificates for clients and revoked one of them. */
export async function makeAuthority(t: TestContext): Promise<Authority> {
  const folder = await temporaryFolder(t);
  const openssl = (...args: string[]) => promisify(execFile)("openssl", args, { cwd: folder });
  const key = (name: string) => [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
    name,
  ];
  const settings = "[ca]\ndefault_ca = own\n[own]\ndatabase = index\ndefault_md = sha256\ndefault_crl_days = 1\n";
  await writeFile(join(folder, "settings"), settings);
  await writeFile(join(folder, "index"), "");
  await openssl("req", "-x509", ...key("ca.key"), "-subj", "/CN=authority", "-days", "1", "-out", "ca.pem");
  const own = ["-config", "settings", "-cert", "ca.pem", "-keyfile", "ca.key"];
  for (const name of ["good", "revoked"]) {
    await openssl("req", ...key(`${name}.key`), "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    const signing = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1"];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...signing, "-out", `${name}.pem`);
  }
  await openssl("ca", ...own, "-revoke", "revoked.pem");
  await openssl("ca", ...own, "-gencrl", "-out", "crl.pem");
  const read = (file: string) => readFile(join(folder, file), "utf8");
  const certificateOf = async (name: string) => ({
    certificate: await read(`${name}.pem`),
    key: await read(`${name}.key`),
  });
  return {
    ...{ ca: await read("ca.pem"), crl: await read("crl.pem") },
    ...{ good: await certificateOf("good"), revoked: await certificateOf("revoked") },
  };
}
