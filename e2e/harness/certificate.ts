import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
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
