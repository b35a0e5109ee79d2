import type { MessageView } from "./message-view.ts";

/**
 * An `envoy.config.core.v3.Address` as people write it: `10.0.0.1:80`, `[::1]:80`, the path of a unix socket, or
 * `envoy://listener/endpoint` for a listener within Envoy. "" if there is none.
 */
export function toAddressText(address: MessageView | undefined): string {
  const socket = address?.message(1);
  if (socket !== undefined) {
    const host = socket.text(2);
    const port = socket.text(4) || String(socket.count(3) || "");
    return `${host.includes(":") ? `[${host}]` : host}${port === "" ? "" : `:${port}`}`;
  }
  const internal = address?.message(3);
  if (internal !== undefined) return `envoy://${[internal.text(1), internal.text(2)].filter(Boolean).join("/")}`;
  return address?.message(2)?.text(1) ?? "";
}
