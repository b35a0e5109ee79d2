import { delta, type Statement, sotw } from "../statement.ts";

/** Resources with a time to live, and the heartbeats that keep them alive. */
export const ttlStatements: readonly Statement[] = [
  sotw(
    "P85",
    "a resource with a time to live is wrapped for clients that can read it",
    `
    snapshot clusters: a=1 b=1%30s
    > CDS
    < CDS 1 a=1 [b=1%30s]
    `,
    { readsWrapped: true },
  ),
  sotw(
    "P85",
    "for other clients it is a resource like any other",
    `
    snapshot clusters: a=1 b=1%30s
    > CDS
    < CDS 1 a=1 b=1
    `,
  ),
  sotw(
    "P85",
    "for other clients it needs no heartbeat",
    `
    snapshot clusters: a=1 b=1%30s
    > CDS
    < CDS 1 a=1 b=1
    > CDS ack 1
    heartbeat
    < nothing
    `,
  ),
  sotw(
    "P86 P87",
    "a heartbeat names what has a time to live, without content, at the same version",
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
  ),
  delta(
    "P86 P87 P88",
    "a heartbeat names what has a time to live, without content; a change does not wait for it",
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
  ),
  delta(
    "P88",
    "a resource says how long it lives",
    `
    snapshot endpoints: a=1 b=1%30s
    > EDS +a +b
    < EDS 1 a=1 b=1%30s
    `,
  ),
  delta(
    "P89",
    "a time to live that is taken away has the resource sent again without",
    `
    snapshot endpoints: b=1%30s
    > EDS +b
    < EDS 1 b=1%30s
    > EDS ack 1
    snapshot endpoints: b=1
    < EDS 2 b=1
    `,
  ),
  delta(
    "P87 P89",
    "a time to live that was taken away needs no heartbeat",
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
  ),
];
