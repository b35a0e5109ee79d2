/** The name of a metric as Envoy's own page for Prometheus has it: `cluster.upstream_rq` is `envoy_cluster_upstream_rq`. */
export function toMetricName(name: string): string {
  return `envoy_${name.replace(/[^a-zA-Z0-9_:]/g, "_")}`;
}

/** The name of a label: `envoy.cluster_name` is `envoy_cluster_name`. */
export function toLabelName(name: string): string {
  const clean = name.replace(/[^a-zA-Z0-9_]/g, "_");
  return /^[a-zA-Z_]/.test(clean) ? clean : `_${clean}`;
}

/** A label as it stands in a line: `name="value"`. https://prometheus.io/docs/instrumenting/exposition_formats */
export function toLabelText(name: string, value: string): string {
  return `${name}="${value.replace(/[\\"\n]/g, (character) => escapes[character] ?? character)}"`;
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

/** A number as both formats write it. */
export function toNumberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
