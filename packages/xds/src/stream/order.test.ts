import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

test("sotw: types are sent in order (P47): routes wait until clusters are ACKed, assignments do not", () => {
  runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 endpoints: a=1 listeners: l=1 routes: r=1
    > CDS
    > LDS
    < CDS 1 a=1
    < nothing
    # Envoy ACKs clusters once they are warm, for which it needs their assignments.
    > EDS a
    < EDS 2 a=1
    > EDS ack 2 a
    < nothing
    > CDS ack 1
    < LDS 3 l=1
    > RDS r
    < RDS 4 r=1
    `,
  );
});

test("sotw: a swapped cluster is withdrawn only after the routes that referred to it were replaced (P48)", () => {
  runTranscript(
    "sotw",
    `
    snapshot clusters: old=1 routes: r=old
    > CDS
    < CDS 1 old=1
    > CDS ack 1
    > RDS r
    < RDS 2 r=old
    > RDS ack 2 r
    snapshot clusters: new=1 routes: r=new
    < CDS 3 new=1 old=1
    < nothing
    > CDS ack 3
    < RDS 4 r=new
    < nothing
    > RDS ack 4 r
    < CDS 5 new=1
    > CDS ack 5
    < nothing
    `,
  );
});

test("delta: the same, where only the difference is sent (P48, P84)", () => {
  runTranscript(
    "delta",
    `
    snapshot clusters: old=1 routes: r=old
    > CDS
    < CDS 1 old=1
    > CDS ack 1
    > RDS +r
    < RDS 2 r=old
    > RDS ack 2
    snapshot clusters: new=1 routes: r=new
    < CDS 3 new=1
    < nothing
    > CDS ack 3
    < RDS 4 r=new
    > RDS ack 4
    < CDS 5 -old
    > CDS ack 5
    < nothing
    `,
  );
});

test("sotw: a cluster that comes back before it was withdrawn is simply kept", () => {
  runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 b=1 routes: r=1
    > CDS
    < CDS 1 a=1 b=1
    > CDS ack 1
    > RDS r
    < RDS 2 r=1
    snapshot clusters: a=1 routes: r=2
    < nothing
    snapshot clusters: a=1 b=1 routes: r=3
    < CDS 3 a=1 b=1
    > CDS ack 3
    > RDS ack 2 r
    < RDS 4 r=3
    > RDS ack 4 r
    < nothing
    `,
  );
});

test("sotw: a refused response lets the next step go", () => {
  runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 routes: r=1
    > CDS
    > RDS r
    < CDS 1 a=1
    > CDS nack 1 "no"
    < RDS 2 r=1
    `,
  );
});

test("sotw: a client that does not answer in time lets the next step go", () => {
  runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 routes: r=1
    > CDS
    > RDS r
    < CDS 1 a=1
    < nothing
    time passes
    < RDS 2 r=1
    `,
  );
});

test("sotw: endpoints do not wait for routes, nor routes for endpoints", () => {
  runTranscript(
    "sotw",
    `
    snapshot endpoints: a=1 routes: r=1
    > EDS a
    > RDS r
    < EDS 1 a=1
    < RDS 2 r=1
    snapshot endpoints: a=2 routes: r=2
    > EDS ack 1 a
    < EDS 3 a=2
    > RDS ack 2 r
    < RDS 4 r=2
    `,
  );
});

for (const variant of ["sotw", "delta"] as const) {
  test(`${variant}: a cluster that changes has its assignment sent again (P46)`, () => {
    const name = variant === "sotw" ? "" : "+";
    const names = variant === "sotw" ? "a" : "";
    runTranscript(
      variant,
      `
      snapshot clusters: a=1 endpoints: a=1 b=1
      > CDS
      < CDS 1 a=1
      > CDS ack 1
      > EDS ${name}a
      < EDS 2 a=1
      > EDS ack 2 ${names}
      snapshot clusters: a=2 endpoints: a=1 b=1
      < CDS 3 a=2
      < EDS 4 a=1
      < nothing
      `,
    );
  });
}

test("sotw: a client that warms a cluster which is gone is told that it has no endpoints", () => {
  runTranscript(
    "sotw",
    `
    snapshot clusters: a=1
    > CDS
    < CDS 1 a=1
    # The endpoints of a are not there yet, and never will be.
    > EDS a other
    < nothing
    snapshot clusters: b=1
    < EDS 2 a=
    > EDS ack 2 a other
    > CDS ack 1
    < CDS 3 b=1
    < nothing
    `,
  );
});
