const form = /^(\[[\da-f:.]+\]|[a-z\d_](?:[a-z\d_-]|\.(?!\.|$))*)\.?(?::\d{1,5})?$/;

/** A host as it is compared: in lower case, without port and final dot. Undefined for what is no host. */
export function readHost(text: string): string | undefined {
  return form.exec(text.toLowerCase())?.[1];
}

/** Whether a host is one of a pattern: `shop.example.com`, `*.example.com` for all below, or `*`. */
export function matchesHost(host: string, pattern: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) && host.length >= pattern.length : host === pattern;
}
