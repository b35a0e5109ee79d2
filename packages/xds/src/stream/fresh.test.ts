import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

test("sotw: endpoints that are gone before a client asks for them are said to be none", async () => {
  await runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 endpoints: a=1 routes: r=a
    > CDS
    < CDS 1 a=1
    > EDS a
    < EDS 2 a=1
    > EDS ack 2 a
    > CDS ack 1
    > RDS r
    < RDS 3 r=a
    > RDS ack 3 r
    snapshot clusters: b=1 endpoints: b=1 routes: r=b
    < CDS 4 b=1 a=1
    < nothing
    # Before Envoy asks for the endpoints of b, b is gone again.
    snapshot clusters: c=1 endpoints: c=1 routes: r=c
    > EDS ack 2 a b
    < EDS 5 b=
    `,
  );
});

test("delta: the same, where they are removed at once", async () => {
  await runTranscript(
    "delta",
    `
    snapshot clusters: a=1 endpoints: a=1 routes: r=a
    > CDS
    < CDS 1 a=1
    > EDS +a
    < EDS 2 a=1
    > EDS ack 2
    > CDS ack 1
    > RDS +r
    < RDS 3 r=a
    > RDS ack 3
    snapshot clusters: b=1 endpoints: b=1 routes: r=b
    < CDS 4 b=1
    < nothing
    snapshot clusters: c=1 endpoints: c=1 routes: r=c
    > EDS +b
    < EDS 5 -b
    `,
  );
});

test("sotw: a cluster that a client names stays until it leaves the name, or takes too long", async () => {
  await runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 routes: r=a
    > RDS r
    < RDS 1 r=a
    > RDS ack 1 r
    > CDS a
    < CDS 2 a=1
    > CDS ack 2 a
    snapshot clusters: b=1 routes: r=b
    < RDS 3 r=b
    > RDS ack 3 r
    < nothing
    > CDS nonce 2 a b
    < CDS 4 b=1 a=1
    > CDS ack 4 a b
    < nothing
    > CDS nonce 4 b
    < nothing
    snapshot clusters: c=1 routes: r=b
    < nothing
    time passes
    < CDS 5
    `,
  );
});

test("delta: a host that no snapshot has is told by its name without content (P77)", async () => {
  await runTranscript(
    "delta",
    `
    snapshot virtualHosts: r/a=1
    > VHDS +r/a +r/unknown.example
    < VHDS 1 r/a=1 r/unknown.example~r/unknown.example
    > VHDS ack 1
    snapshot virtualHosts: r/a=1 r/unknown.example=1
    < VHDS 2 r/unknown.example=1
    `,
  );
});

test("sotw: the route table of a scope that changes is sent again", async () => {
  await runTranscript(
    "sotw",
    `
    snapshot scopedRoutes: s=blue routes: blue=1 green=1
    > SRDS
    < SRDS 1 s=blue
    > SRDS ack 1
    > RDS blue
    < RDS 2 blue=1
    > RDS ack 2 blue
    snapshot scopedRoutes: s=green t=blue routes: blue=1 green=1
    < SRDS 3 s=green t=blue
    < RDS 4 blue=1
    > RDS ack 4 blue green
    < RDS 5 green=1
    `,
  );
});
