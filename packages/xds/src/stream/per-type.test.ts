import assert from "node:assert/strict";
import { test } from "node:test";
import { clusters } from "../resource/type.ts";
import { runTranscript } from "../testing/transcript.ts";

for (const variant of ["sotw", "delta"] as const) {
  test(`${variant}: on the service of a type its type_url may be left out (P4)`, () => {
    assert.ok(clusters.methods[variant]);
    runTranscript(variant, "snapshot clusters: a=1\n > none\n < CDS 1 a=1\n > CDS ack 1\n < nothing", {
      only: clusters,
    });
  });

  test(`${variant}: on the service of a type another type is refused (P5)`, () => {
    runTranscript(variant, "snapshot endpoints: a=1\n > EDS\n ! serves", { only: clusters });
  });

  test(`${variant}: on an aggregated stream a request must say its type (P3)`, () => {
    runTranscript(variant, "snapshot clusters: a=1\n > none\n ! type_url is required\n > CDS\n < CDS 1 a=1");
  });
}
