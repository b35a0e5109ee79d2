import { encode } from "./messages.ts";

/** An entry with everything that Envoy may say. */
export const fullEntry = {
  common_properties: {
    downstream_remote_address: { socket_address: { address: "10.1.2.3", port_value: 5000 } },
    downstream_local_address: { socket_address: { address: "::1", port_value: 8443 } },
    downstream_direct_remote_address: { socket_address: { address: "10.9.9.9", port_value: 6000 } },
    tls_properties: {
      tls_version: "TLSv1_3",
      tls_sni_hostname: "shop.example.com",
      peer_certificate_properties: { subject: "CN=client" },
      tls_session_id: "abcd",
      ja3_fingerprint: "ja3",
    },
    start_time: "2026-11-21T11:37:15.932Z",
    time_to_first_upstream_rx_byte: "0.012s",
    time_to_last_downstream_tx_byte: "0.015s",
    duration: "0.0165s",
    upstream_remote_address: { socket_address: { address: "10.0.0.5", port_value: 8080 } },
    upstream_cluster: "shop",
    response_flags: {
      upstream_connection_failure: true,
      upstream_retry_limit_exceeded: true,
      unauthorized_details: { reason: "EXTERNAL_SERVICE" },
    },
    upstream_transport_failure_reason: "delayed connect error: 111",
    route_name: "shop#api",
    custom_tags: { tenant: "acme" },
    upstream_request_attempt_count: 2,
    connection_termination_details: "ended",
    stream_id: "7",
    access_log_type: "DownstreamEnd",
  },
  protocol_version: "HTTP2",
  request: {
    request_method: "POST",
    scheme: "https",
    authority: "shop.example.com",
    path: "/api/carts?x=1",
    original_path: "/v1/carts",
    user_agent: "curl/8",
    referer: "https://example.com",
    forwarded_for: "10.1.2.3",
    request_id: "4f6f0b34-1d3a-9e2c-8f1e-0c6f1c6a2b11",
    request_headers_bytes: "100",
    request_body_bytes: "20",
    request_headers: {
      Authorization: "Bearer secret-a",
      cookie: "secret-b",
      "x-api-key": "secret-c",
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    },
  },
  response: {
    response_code: 503,
    response_headers_bytes: "50",
    response_body_bytes: "91",
    response_headers: { "set-cookie": "secret-d", server: "envoy" },
    response_trailers: { "grpc-status": "14" },
    response_code_details: "upstream_reset_before_response_started",
  },
};

/** An `HTTPAccessLogEntry` or a `TCPAccessLogEntry`. */
export function encodeEntry(kind: "HTTP" | "TCP", entry: object): Uint8Array {
  return encode(`envoy.data.accesslog.v3.${kind}AccessLogEntry`, entry);
}

/** A `StreamAccessLogsMessage`. */
export function encodeMessage(message: object): Uint8Array {
  return encode("envoy.service.accesslog.v3.StreamAccessLogsMessage", message);
}
