import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Problem } from "@chancery/xds";
import type { Certificate } from "../model/certificate.ts";
import type { Material } from "../translate/draft.ts";

/** Checks what a certificate object consists of; a problem's path begins within the object. */
export function checkMaterial(kind: Certificate["kind"], material: Material, now: Date): readonly Problem[] {
  return checks[kind](material, now);
}

const checks: Readonly<Record<Certificate["kind"], (material: Material, now: Date) => readonly Problem[]>> = {
  certificate: ({ cert = "", key = "" }, now) => {
    const chain = readChain(cert, "cert");
    if (!chain.ok) return [chain.problem];
    const privateKey = attempt(() => createPrivateKey(key));
    if (privateKey === undefined) {
      return [error("key-unreadable", "key", "is not a private key in PEM", "it must have no passphrase")];
    }
    const [leaf] = chain.certificates;
    if (leaf !== undefined && !leaf.checkPrivateKey(privateKey)) {
      const subject = subjectOf(leaf);
      return [
        error(
          "key-mismatch",
          "key",
          `does not fit the certificate of ${subject}`,
          "give the key that it was made with",
        ),
      ];
    }
    return chain.certificates.flatMap((certificate) => checkDates(certificate, "cert", now));
  },
  ca: ({ ca = "", crl }, now) => {
    const chain = readChain(ca, "ca");
    if (!chain.ok) return [chain.problem];
    if (crl !== undefined && !crl.includes("-----BEGIN X509 CRL-----")) {
      return [
        error("crl-unreadable", "crl", "is not a revocation list in PEM", "it begins with -----BEGIN X509 CRL-----"),
      ];
    }
    return chain.certificates.flatMap((certificate) => checkDates(certificate, "ca", now));
  },
  secret: ({ secret = "" }) => (secret === "" ? [error("secret-empty", "secret", "is empty")] : []),
};

type Chain =
  | { readonly ok: true; readonly certificates: readonly X509Certificate[] }
  | { readonly ok: false; readonly problem: Problem };

function readChain(pem: string, path: string): Chain {
  const parts =
    pem.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (?:TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (parts.length === 0) {
    const hint = "it begins with -----BEGIN CERTIFICATE-----";
    return { ok: false, problem: error("certificate-unreadable", path, "has no certificate in PEM", hint) };
  }
  const certificates: X509Certificate[] = [];
  for (const [index, part] of parts.entries()) {
    const certificate = attempt(() => new X509Certificate(part));
    if (certificate === undefined) {
      const which = parts.length === 1 ? "the certificate" : `certificate ${index + 1} of ${parts.length}`;
      return { ok: false, problem: error("certificate-unreadable", path, `${which} cannot be read`) };
    }
    certificates.push(certificate);
  }
  return { ok: true, certificates };
}

/** How long before its end a certificate is warned of. */
const warnMs = 14 * 24 * 3_600_000;

function checkDates(certificate: X509Certificate, path: string, now: Date): readonly Problem[] {
  const { validFromDate, validToDate } = certificate;
  const subject = subjectOf(certificate);
  const leftMs = validToDate.getTime() - now.getTime();
  if (leftMs <= 0) return [warning("certificate-expired", path, `${subject} expired on ${day(validToDate)}`)];
  if (validFromDate > now)
    return [warning("certificate-early", path, `${subject} is not valid before ${day(validFromDate)}`)];
  return leftMs < warnMs ? [warning("certificate-expiring", path, `${subject} expires on ${day(validToDate)}`)] : [];
}

function subjectOf({ subject, subjectAltName }: X509Certificate): string {
  const name = /(?:^|\n)CN=(.*)/.exec(subject ?? "")?.[1] ?? subjectAltName;
  return name === undefined ? "without a name" : `"${name}"`;
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function error(code: string, path: string, message: string, hint?: string): Problem {
  return { severity: "error", code, path, message, ...(hint !== undefined && { hint }) };
}

function warning(code: string, path: string, message: string): Problem {
  return { severity: "warning", code, path, message };
}
