import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface KeyPair {
  readonly key: Buffer;
  readonly cert: Buffer;
}

const EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];

/** A self-signed CA. */
export function makeCa(name: string): KeyPair {
  return inScratch((path) => {
    openssl("req", "-x509", ...EC, "-keyout", path("key"), "-out", path("cert"), "-subj", `/CN=${name}`);
    return { key: readFileSync(path("key")), cert: readFileSync(path("cert")) };
  });
}

/** A certificate for `subjectAltName`, as in `IP:127.0.0.1` or `URI:spiffe://…`, signed by `ca`. */
export function issue(ca: KeyPair, name: string, subjectAltName: string): KeyPair {
  return inScratch((path) => {
    writeFileSync(path("ca-key"), ca.key);
    writeFileSync(path("ca-cert"), ca.cert);
    const signer = ["-CA", path("ca-cert"), "-CAkey", path("ca-key")];
    const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=${subjectAltName}`];
    openssl("req", "-x509", ...EC, ...signer, ...names, "-keyout", path("key"), "-out", path("cert"));
    return { key: readFileSync(path("key")), cert: readFileSync(path("cert")) };
  });
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}

function inScratch<T>(use: (path: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "certificates-"));
  try {
    return use((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
