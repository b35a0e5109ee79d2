import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

test("sotw: a resource with a time to live is wrapped for clients that can read it (P85)", () => {
  runTranscript("sotw", "snapshot clusters: a=1 b=1%30s\n > CDS\n < CDS 1 a=1 [b=1%30s]", { readsWrapped: true });
});

test("sotw: for other clients it is a resource like any other, and needs no heartbeat (P85)", () => {
  runTranscript(
    "sotw",
    "snapshot clusters: a=1 b=1%30s\n > CDS\n < CDS 1 a=1 b=1\n > CDS ack 1\n heartbeat\n < nothing",
  );
});

test("sotw: a heartbeat names what has a time to live (P87), without content, at the same version (P86)", () => {
  runTranscript(
    "sotw",
    `
    snapshot @v1 endpoints: a=1 b=1%30s c=1%60s
    > EDS a b
    < EDS @v1 1 a=1 [b=1%30s]
    > EDS ack 1 a b
    heartbeat
    < EDS @v1 2 [b%30s]
    < nothing
    > EDS ack 2 a b
    < nothing
    `,
    { readsWrapped: true },
  );
});

test("delta: the same in the response's own resources (P86, P87, P88)", () => {
  runTranscript(
    "delta",
    `
    snapshot endpoints: a=1 b=1%30s
    > EDS +a +b
    < EDS 1 a=1 b=1%30s
    > EDS ack 1
    heartbeat
    < EDS 2 b%30s
    > EDS ack 2
    < nothing
    # A change is sent at once, and the heartbeat follows.
    heartbeat
    snapshot endpoints: a=2 b=1%30s
    < EDS 3 a=2
    > EDS ack 3
    < EDS 4 b%30s
    `,
  );
});

test("delta: a time to live that is taken away has the resource sent again without (P89)", () => {
  runTranscript(
    "delta",
    `
    snapshot endpoints: b=1%30s
    > EDS +b
    < EDS 1 b=1%30s
    > EDS ack 1
    snapshot endpoints: b=1
    < EDS 2 b=1
    > EDS ack 2
    heartbeat
    < nothing
    `,
  );
});
