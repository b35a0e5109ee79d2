import assert from "node:assert/strict";
import { test } from "node:test";
import { AdmissionControl } from "@chancery/xds/services";
import { createMetrics } from "../metrics/metrics.ts";
import { admissionFamilies } from "./admission-families.ts";

test("/metrics counts calls that are made and calls that are refused, and says what waits", async () => {
  const admission = new AdmissionControl({ maxPending: 1 });
  admission.admit(0);
  const { promise, resolve } = Promise.withResolvers<void>();
  const decided = admission.wait(promise);
  for (let call = 0; call < 2; call++) admission.admit(0);
  const { read } = createMetrics({
    snapshots: { groups: () => [] },
    configuration: { problems: [], reloads: new Map() },
    discovery: { clients: [], stats: { types: new Map() } },
    limitsMet: () => new Map(),
    services: admissionFamilies("chancery_some", admission),
  });
  const lines = (await read()).split("\n").filter((line) => line.startsWith("chancery_some"));
  assert.deepEqual(lines, [
    'chancery_some_calls_total{result="admitted"} 1',
    'chancery_some_calls_total{result="shed"} 2',
    "chancery_some_pending_calls 1",
    "chancery_some_shed_share 0",
  ]);
  resolve();
  await decided;
});
