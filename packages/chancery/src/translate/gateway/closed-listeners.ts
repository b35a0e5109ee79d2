import type { Listener } from "../../model/gateway.ts";
import { join } from "../../model/join.ts";
import type { Item, ItemProblem } from "../../model/model.ts";

/**
 * Listeners that let nobody in, since what their TLS needs is not there: not written, of another kind, or never good. Those
 * that show no certificate cannot, and those that cannot tell clients apart must not.
 */
export function closedListeners(
  gateway: Item<"gateways">,
  certificates: ReadonlyMap<string, Item<"certificates">>,
): readonly ItemProblem[] {
  return Object.entries(gateway.value.listeners).flatMap(([name, listener]) => {
    const why = whyClosed(listener, (certificate, kind) => certificates.get(certificate)?.value.kind === kind);
    if (why === undefined) return [];
    const path = `${join("listeners", name)}.tls.${why.path}`;
    const message = `listener "${gateway.name}/${name}" is closed and lets nobody in: ${why.message}`;
    const hint = "mend the certificate object that it names, or name another one";
    return [{ item: gateway, problem: { severity: "error", code: "listener-closed", path, message, hint } }];
  });
}

type IsThere = (name: string, kind: "certificate" | "ca") => boolean;

function whyClosed({ protocol, tls }: Listener, isThere: IsThere): { path: string; message: string } | undefined {
  const terminates = protocol === "HTTPS" || (protocol === "TLS" && tls?.mode === "terminate");
  const names = tls?.certificates ?? [];
  // One that names no certificate at all says too little, which is a problem of its own.
  if (!terminates || names.length === 0) return undefined;
  if (!names.some((name) => isThere(name, "certificate"))) {
    return { path: "certificates", message: "none of its certificates can be shown" };
  }
  const ca = tls?.clientCertificates?.ca;
  if (ca === undefined || isThere(ca, "ca")) return undefined;
  return { path: "clientCertificates.ca", message: `there is no CA "${ca}" that clients could be checked against` };
}
