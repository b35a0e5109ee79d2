import type { SecureContextOptions, SecureVersion } from "node:tls";

/** How a server identifies itself and, when it asks for certificates, its clients. PEM text or buffers. */
export interface TlsOptions {
  readonly key: string | Buffer;
  /** The certificate, followed by its intermediates. */
  readonly cert: string | Buffer;
  /** CAs that client certificates are checked against. Default: those of the system. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Ask clients for a certificate. Default: false. */
  readonly requestCert?: boolean;
  /** With `requestCert`: refuse clients whose certificate is missing or not trusted. Default: true. */
  readonly rejectUnauthorized?: boolean;
  /** Default: `TLSv1.2`. */
  readonly minVersion?: SecureVersion;
}

/** The part of the options that can be replaced while the server runs. */
export type TlsUpdate = Partial<Pick<TlsOptions, "key" | "cert" | "ca" | "minVersion">>;

/** What `setSecureContext` takes: it forgets every option that is not given again. */
export function toSecureContext({ key, cert, ca, minVersion = "TLSv1.2" }: TlsOptions): SecureContextOptions {
  const context = { key, cert, minVersion };
  if (ca === undefined) return context;
  return { ...context, ca: typeof ca === "string" || Buffer.isBuffer(ca) ? ca : [...ca] };
}
