import type { Listener } from "../model/gateway.ts";
import { join } from "../model/join.ts";
import type { Item, ItemProblem } from "../model/model.ts";
import { error, type Finding } from "./finding.ts";

/** What a listener says that its protocol cannot do, or has to. */
export function checkListeners(item: Item<"gateways">): readonly ItemProblem[] {
  return Object.entries(item.value.listeners).flatMap(([name, listener]) => {
    const path = join("listeners", name);
    return rules.flatMap((rule) => {
      const found = rule(listener);
      return found === undefined ? [] : [error(item, { ...found, path: `${path}${found.path}` })];
    });
  });
}

type ListenerRule = (listener: Listener) => Finding | undefined;

const rules: readonly ListenerRule[] = [
  ({ protocol, tls }) => {
    const isTls = protocol === "HTTPS" || protocol === "TLS";
    if (isTls || tls === undefined) return undefined;
    const hint = protocol === "HTTP" ? "use protocol HTTPS" : protocol === "TCP" ? "use protocol TLS" : undefined;
    return { code: "tls-not-possible", path: ".tls", message: `a listener of protocol ${protocol} has no TLS`, hint };
  },
  ({ protocol, tls }) => {
    const terminates = protocol === "HTTPS" || (protocol === "TLS" && tls?.mode !== "passthrough");
    if (!terminates || (tls?.certificates ?? []).length > 0) return undefined;
    const hint = protocol === "TLS" ? "name some, or set mode: passthrough" : "name some";
    return {
      code: "certificate-missing",
      path: tls === undefined ? "" : ".tls",
      message: "needs tls.certificates",
      hint,
    };
  },
  ({ protocol, tls }) =>
    protocol === "HTTPS" && tls?.mode === "passthrough"
      ? {
          code: "passthrough-not-possible",
          path: ".tls.mode",
          message: "HTTP cannot be read from what is passed through",
          hint: "use protocol TLS, or mode: terminate",
        }
      : undefined,
  ({ protocol, tls }) =>
    protocol === "TLS" && tls?.mode === "passthrough" && (tls.certificates ?? tls.clientCertificates) !== undefined
      ? {
          code: "certificate-unused",
          path: ".tls",
          message: "certificates play no part where TLS is passed through",
          hint: "remove them, or set mode: terminate",
        }
      : undefined,
  ({ protocol, hostnames }) =>
    (protocol === "TCP" || protocol === "UDP") && hostnames !== undefined
      ? {
          code: "hostnames-not-possible",
          path: ".hostnames",
          message: `nothing in ${protocol} says which host is meant`,
        }
      : undefined,
  ({ protocol, http3, tls }) => {
    if (!http3) return undefined;
    if (protocol !== "HTTPS") {
      return { code: "http3-not-possible", path: ".http3", message: "HTTP/3 needs protocol HTTPS" };
    }
    if (tls?.versions?.max === "1.2") {
      const hint = "leave versions.max out, or set http3: false";
      return { code: "http3-not-possible", path: ".http3", message: "HTTP/3 needs TLS 1.3", hint };
    }
    if (tls?.clientCertificates === undefined) return undefined;
    const message = "Envoy cannot ask for client certificates over HTTP/3, so it is not offered";
    return {
      code: "http3-not-possible",
      path: ".http3",
      message,
      hint: "set http3: false, or drop tls.clientCertificates",
    };
  },
];
