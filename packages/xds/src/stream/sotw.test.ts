import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

const sotw = (name: string, text: string) => test(`sotw: ${name}`, () => runTranscript("sotw", text));

sotw(
  "a type that nobody knows leaves the others alone (P6)",
  `
  snapshot clusters: a=1
  > type.googleapis.com/acme.Unknown x
  < nothing
  > CDS
  < CDS 1 a=1
  > type.googleapis.com/acme.Unknown y
  > CDS ack 1
  < nothing
  snapshot clusters: a=2
  < CDS 2 a=2
  `,
);

sotw(
  "every response has a nonce of its own (P7), and an answer counts for its type only (P9)",
  `
  snapshot clusters: a=1 listeners: l=1
  > CDS
  < CDS 1 a=1
  > CDS ack 1
  > LDS
  < LDS 2 l=1
  # The CDS nonce 1 is older than 2, but CDS had no response since: this is no stale request.
  > CDS ack 1 * b
  > LDS ack 2
  < nothing
  snapshot clusters: a=1 b=1 listeners: l=1
  < CDS 3 a=1 b=1
  `,
);

sotw(
  "a first request that carries the nonce and version of an earlier stream is served (P8)",
  `
  snapshot @v1 clusters: a=1
  > CDS @v1 nonce 77
  < CDS @v1 1 a=1
  `,
);

sotw(
  "no response names a resource twice (P11), and the order and repetition of names do not matter (P50)",
  `
  snapshot clusters: a=1 b=1
  > CDS * a a
  < CDS 1 a=1 b=1
  > CDS ack 1 a * a
  < nothing
  snapshot clusters: a=2 b=1 endpoints: e=1 f=1
  < CDS 2 a=2 b=1
  > EDS f e f
  < EDS 3 e=1 f=1
  > EDS ack 3 e f
  < nothing
  `,
);

sotw(
  "what is superseded before it could be sent is not sent (P12)",
  `
  snapshot endpoints: a=1 b=1
  > EDS a
  > EDS b
  < EDS 1 b=1
  < nothing
  `,
);

sotw(
  "an ACK of the current state (P13) and a snapshot with the same content (P14) are answered by nothing",
  `
  snapshot @v1 clusters: a=1 endpoints: a=1
  > CDS
  < CDS @v1 1 a=1
  > CDS @v1 ack 1
  < nothing
  snapshot @v2 clusters: a=1 endpoints: a=1
  < nothing
  # The version that the caller gave shows when there is something to say.
  snapshot @v3 clusters: a=2 endpoints: a=1
  < CDS @v3 2 a=2
  `,
);

sotw(
  "a resource that is not there yet is sent when it appears (P15), once it is asked for (P38)",
  `
  > RDS r
  < nothing
  snapshot routes: other=1
  < nothing
  snapshot routes: other=1 r=1
  < RDS 1 r=1
  `,
);

sotw(
  "a client that does not answer later gets the latest state, not each step (P17)",
  `
  snapshot endpoints: a=1
  > EDS a
  < EDS 1 a=1
  snapshot endpoints: a=2
  snapshot endpoints: a=3
  < nothing
  snapshot endpoints: a=4
  < nothing
  > EDS ack 1 a
  < EDS 2 a=4
  < nothing
  `,
);

sotw(
  "a NACK is known by its error (P18), is not answered by the same content (P19), but by the next (P20)",
  `
  snapshot @v1 clusters: a=1
  > CDS
  < CDS @v1 1 a=1
  > CDS @v1 ack 1
  snapshot @v2 clusters: a=bad
  < CDS @v2 2 a=bad
  > CDS @v1 nack 2 "a: no"
  < nothing
  snapshot @v3 clusters: a=bad
  < nothing
  snapshot @v4 clusters: a=2
  < CDS @v4 3 a=2
  `,
);

sotw(
  "a NACK, like an ACK, may change what is subscribed to (P21)",
  `
  snapshot endpoints: a=1 b=1 c=1
  > EDS a
  < EDS 1 a=1
  > EDS nack 1 "no" a b
  < EDS 2 b=1
  > EDS ack 2 a b c
  < EDS 3 c=1
  `,
);

sotw(
  "a first CDS or LDS request without names means everything (P23), as * does (P24)",
  `
  snapshot clusters: a=1 b=1 listeners: l=1 m=1
  > CDS
  < CDS 1 a=1 b=1
  > CDS ack 1
  > LDS *
  < LDS 2 l=1 m=1
  `,
);

sotw(
  "* with a name keeps both (P25), and the name without * drops the wildcard (P26)",
  `
  snapshot clusters: b=1
  > CDS * a
  < CDS 1 b=1
  > CDS ack 1 * a
  snapshot clusters: a=1 b=1 c=1
  < CDS 2 a=1 b=1 c=1
  > CDS ack 2 a
  < nothing
  snapshot clusters: a=1 b=2 c=1
  < nothing
  snapshot clusters: a=2 b=2 c=1
  < CDS 3 a=2
  `,
);

sotw(
  "after a name an empty list means nothing at all (P27)",
  `
  snapshot clusters: a=1 b=1
  > CDS a
  < CDS 1 a=1
  > CDS ack 1
  < nothing
  snapshot clusters: a=2 b=2
  < nothing
  `,
);

sotw(
  "empty lists before any name stay the wildcard (P28)",
  `
  snapshot clusters: a=1
  > CDS
  < CDS 1 a=1
  > CDS ack 1
  > CDS ack 1
  < nothing
  snapshot clusters: a=1 b=1
  < CDS 2 a=1 b=1
  `,
);

sotw(
  "an empty first request of a type without wildcard subscribes to nothing (P29)",
  `
  snapshot endpoints: a=1 routes: r=1
  > EDS
  > RDS
  < nothing
  > EDS a
  < EDS 1 a=1
  `,
);

test("sotw: the empty list can be kept from meaning everything, for any type (P29)", () => {
  runTranscript("sotw", "snapshot clusters: a=1\n > CDS\n < nothing\n > CDS a\n < CDS 1 a=1", {
    legacyWildcard: () => false,
  });
});

sotw(
  "a name that is new in the list is sent although nothing changed (P30), also after it was left (P31)",
  `
  snapshot endpoints: a=1 b=1
  > EDS a
  < EDS 1 a=1
  > EDS ack 1 a b
  < EDS 2 b=1
  > EDS ack 2 b
  < nothing
  > EDS nonce 2 a b
  < EDS 3 a=1
  `,
);

sotw(
  "a CDS response says everything subscribed (P32), and no more than that (P33)",
  `
  snapshot clusters: a=1 b=1 c=1
  > CDS a b
  < CDS 1 a=1 b=1
  > CDS ack 1 a b
  snapshot clusters: a=1 b=2 c=2
  < CDS 2 a=1 b=2
  `,
);

sotw(
  "a cluster that is gone is missing from the next response, even if that is empty (P34)",
  `
  snapshot clusters: a=1 b=1
  > CDS
  < CDS 1 a=1 b=1
  > CDS ack 1
  snapshot clusters: b=1
  < CDS 2 b=1
  > CDS ack 2
  snapshot
  < CDS 3
  `,
);

sotw(
  "EDS sends what changed (P35); a deletion alone (P36, P49) and missing names (P37) are not answered",
  `
  snapshot endpoints: a=1 b=1
  > EDS a b missing
  < EDS 1 a=1 b=1
  > EDS ack 1 a b missing
  < nothing
  snapshot endpoints: a=2 b=1
  < EDS 2 a=2
  > EDS ack 2 a b missing
  snapshot endpoints: a=2
  < nothing
  snapshot endpoints: a=2 missing=1
  < EDS 3 missing=1
  `,
);

sotw(
  "a stale request gets no response (P39), and what it asked for is not lost (P40)",
  `
  snapshot endpoints: a=1 b=1
  > EDS a
  < EDS 1 a=1
  > EDS ack 1 a
  snapshot endpoints: a=2 b=1
  < EDS 2 a=2
  # The client asks for b before it has read response 2.
  > EDS nonce 1 a b
  < nothing
  > EDS ack 2 a b
  < EDS 3 b=1
  `,
);

sotw(
  "who leaves a name in a stale request and comes back is sent it again (P31, P40)",
  `
  snapshot endpoints: a=1 b=1
  > EDS a b
  < EDS 1 a=1 b=1
  > EDS a
  < nothing
  > EDS ack 1 a b
  < EDS 2 b=1
  `,
);

sotw(
  "a change of names that crosses a response is no NACK of it (P41)",
  `
  snapshot @v1 endpoints: a=1 b=1
  > EDS a
  < EDS @v1 1 a=1
  > EDS @v1 ack 1 a
  snapshot @v2 endpoints: a=2 b=1
  < EDS @v2 2 a=2
  > EDS @v1 nonce 1 a b
  < nothing
  # The answer to response 2 decides, and a is not sent again.
  > EDS @v2 ack 2 a b
  < EDS @v2 3 b=1
  `,
);

sotw(
  "without a version from the caller each type has one that follows from its content (P42)",
  `
  snapshot
  > CDS
  < CDS @0000000000000000 1
  `,
);

sotw(
  "a client that reconnects is sent what it names, whatever version it has (P43), also when data comes later (P44)",
  `
  snapshot @v1 endpoints: a=1
  > EDS a
  < EDS @v1 1 a=1
  > EDS @v1 ack 1 a
  no snapshot
  reconnect
  > EDS @v1 a
  < nothing
  snapshot @v1 endpoints: a=1
  < EDS @v1 1 a=1
  `,
);

sotw(
  "a first wildcard request that finds nothing gets an empty response (P45), others none (P49)",
  `
  snapshot endpoints: a=1
  > CDS
  < CDS 1
  > LDS
  < nothing
  > CDS ack 1
  < LDS 2
  > RDS r
  < nothing
  `,
);

sotw(
  "a client keeps what it has while its snapshot is away, and gets what is new in the next one",
  `
  snapshot clusters: a=1
  > CDS
  < CDS 1 a=1
  > CDS ack 1
  no snapshot
  < nothing
  snapshot clusters: a=1
  < nothing
  no snapshot
  snapshot clusters: a=1 b=1
  < CDS 2 a=1 b=1
  `,
);
