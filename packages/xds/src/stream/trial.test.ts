import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

test("sotw: a client that refuses is rolled back to what it accepted last, until something changes", async () => {
  await runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 b=1
    > CDS
    < CDS 1 a=1 b=1
    > CDS ack 1
    snapshot clusters: a=bad b=2 c=1
    < CDS 2 a=bad b=2 c=1
    > CDS nack 2 "no"
    < CDS 3 a=1 b=1
    > CDS ack 3
    < nothing
    snapshot clusters: a=2 b=2 c=1
    < CDS 4 a=2 b=2 c=1
    > CDS ack 4
    < nothing
    `,
    { nackPolicy: "rollback" },
  );
});

test("delta: a client that accepted nothing yet cannot be rolled back", async () => {
  await runTranscript(
    "delta",
    `
    snapshot clusters: a=bad
    > CDS
    < CDS 1 a=bad
    > CDS nack 1 "no"
    < nothing
    snapshot clusters: a=1
    < CDS 2 a=1
    `,
    { nackPolicy: "rollback" },
  );
});

test("delta: a client that is rolled back and refuses that too is left alone", async () => {
  await runTranscript(
    "delta",
    `
    snapshot clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    snapshot clusters: a=2 b=1
    < CDS 2 a=2 b=1
    > CDS nack 2 "no"
    < CDS 3 a=1 -b
    > CDS nack 3 "never"
    < nothing
    `,
    { nackPolicy: "rollback" },
  );
});

test("delta: a resource that the error names is quarantined, and the others of its response are sent again", async () => {
  await runTranscript(
    "delta",
    `
    snapshot clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    snapshot clusters: a=bad b=1 b-2=1
    < CDS 2 a=bad b=1 b-2=1
    > CDS nack 2 "Error adding cluster 'a': no"
    # The client has the last good a; what it took of the others nobody knows.
    < CDS 3 a=1 b=1 b-2=1
    > CDS ack 3
    < nothing
    # What changes elsewhere goes on.
    snapshot clusters: a=bad b=2 b-2=1
    < CDS 4 b=2
    > CDS ack 4
    snapshot clusters: a=2 b=2 b-2=1
    < CDS 5 a=2
    > CDS ack 5
    < nothing
    `,
    { nackPolicy: "quarantine" },
  );
});

test("sotw: without a name in the error the refused resource is found by halving", async () => {
  await runTranscript(
    "sotw",
    `
    snapshot clusters: a=1 b=1 c=bad d=1
    > CDS
    < CDS 1 a=1 b=1 c=bad d=1
    > CDS nack 1 "something is wrong"
    < CDS 2 a=1 b=1
    > CDS ack 2
    < CDS 3 a=1 b=1 c=bad d=1
    > CDS nack 3 "something is wrong"
    < CDS 4 a=1 b=1 c=bad
    > CDS nack 4 "something is wrong"
    < CDS 5 a=1 b=1
    > CDS ack 5
    < CDS 6 a=1 b=1 d=1
    > CDS ack 6
    < nothing
    snapshot clusters: a=1 b=1 c=1 d=1
    < CDS 7 a=1 b=1 c=1 d=1
    `,
    { nackPolicy: "quarantine" },
  );
});

test("sotw: routes wait until the clusters have settled, whatever is found", async () => {
  await runTranscript(
    "sotw",
    `
    snapshot clusters: a=bad b=1 routes: r=1
    > CDS
    > RDS r
    < CDS 1 a=bad b=1
    > CDS nack 1 "a is bad"
    < CDS 2 b=1
    < nothing
    > CDS ack 2
    < RDS 3 r=1
    > RDS ack 3 r
    < nothing
    `,
    { nackPolicy: "quarantine" },
  );
});
