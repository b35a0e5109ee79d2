import { type Statement, sotw } from "../statement.ts";

/** The state-of-the-world variant: names, wildcards, nonces, versions, and what a response holds. */
export const sotwStatements: readonly Statement[] = [
  sotw(
    "P6",
    "a type that nobody knows leaves the others alone",
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
  ),
  sotw(
    "P7 P9",
    "every response has a nonce of its own, and an answer counts for its type only",
    `
    snapshot @v1 endpoints: a=1 b=1 routes: r=1
    > EDS a
    < EDS 1 a=1
    > EDS ack 1 a
    > RDS r
    < RDS 2 r=1
    # The EDS nonce 1 is older than 2, but EDS had no response since: this is no stale request.
    > EDS ack 1 a b
    < EDS 3 b=1 (a=1)
    > RDS ack 2 r
    > EDS ack 3 a b
    < nothing
    `,
  ),
  sotw(
    "P7 P9",
    "the same beside a wildcard, where a name that does not exist is not worth a response",
    `
    snapshot clusters: a=1 listeners: l=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > LDS
    < LDS 2 l=1
    > CDS ack 1 * b
    > LDS ack 2
    < nothing
    snapshot clusters: a=1 b=1 listeners: l=1
    < CDS 3 a=1 b=1
    `,
    { ours: true },
  ),
  sotw(
    "P8",
    "a first request that carries the nonce and version of an earlier stream is served",
    `
    snapshot @v2 clusters: a=1
    > CDS @v1 nonce 77
    < CDS @v2 1 a=1
    `,
  ),
  sotw(
    "P8 P43",
    "a first request that carries the current version is served too: it does not say what the client has",
    `
    snapshot @v1 clusters: a=1
    > CDS @v1 nonce 77
    < CDS @v1 1 a=1
    `,
    { ours: true },
  ),
  sotw(
    "P11 P50",
    "no response names a resource twice, and the order and repetition of names do not matter",
    `
    snapshot @v1 endpoints: e=1 f=1
    > EDS f e f
    < EDS 1 e=1 f=1
    > EDS ack 1 e f
    < nothing
    `,
  ),
  sotw(
    "P11 P50",
    "so it is with names beside the wildcard",
    `
    snapshot @v1 clusters: a=1 b=1
    > CDS * a a
    < CDS 1 a=1 b=1
    > CDS ack 1 a * a
    < nothing
    snapshot @v2 clusters: a=2 b=1
    < CDS 2 a=2 b=1
    `,
    { ours: true },
  ),
  sotw(
    "P12",
    "what is superseded before it could be sent is not sent",
    `
    snapshot endpoints: a=1 b=1
    > EDS a
    > EDS b
    < EDS 1 b=1
    < nothing
    `,
    { onlyInMemory: "nobody outside knows when the server could have sent" },
  ),
  sotw(
    "P13",
    "an ACK of the current state is answered by nothing",
    `
    snapshot @v1 clusters: a=1 endpoints: a=1
    > CDS
    < CDS @v1 1 a=1
    > CDS ack 1
    < nothing
    > EDS a
    < EDS @v1 2 a=1
    > EDS ack 2 a
    < nothing
    `,
  ),
  sotw(
    "P14",
    "the same content at the same version is answered by nothing",
    `
    snapshot @v1 clusters: a=1
    > CDS
    < CDS @v1 1 a=1
    > CDS ack 1
    snapshot @v1 clusters: a=1
    < nothing
    `,
  ),
  sotw(
    "P13 P14",
    "the same content at another version neither, and the version shows when there is something to say",
    `
    snapshot @v1 clusters: a=1 endpoints: a=1
    > CDS
    < CDS @v1 1 a=1
    > CDS ack 1
    < nothing
    snapshot @v2 clusters: a=1 endpoints: a=1
    < nothing
    snapshot @v3 clusters: a=2 endpoints: a=1
    < CDS @v3 2 a=2
    `,
    { ours: true },
  ),
  sotw(
    "P15 P38",
    "a resource that is not there yet is sent when it appears, once it is asked for",
    `
    > RDS r
    < nothing
    snapshot @v1 routes: other=1
    <? RDS 1
    > RDS ack last r
    snapshot @v2 routes: other=1 r=1
    < RDS 2 r=1
    `,
  ),
  sotw(
    "P49",
    "a request for a route that does not exist is not answered by an empty response",
    `
    snapshot @v1 routes: other=1
    > RDS r
    < nothing
    snapshot @v2 routes: other=2
    < nothing
    `,
  ),
  sotw(
    "P17",
    "a client that does not answer later gets the latest state, not each step",
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
  ),
  sotw(
    "P18 P19 P20",
    "a NACK is known by its error, is not answered by the same content, but by the next",
    `
    snapshot @v1 clusters: a=1
    > CDS
    < CDS @v1 1 a=1
    > CDS ack 1
    snapshot @v2 clusters: a=bad
    < CDS @v2 2 a=bad
    > CDS nack 2 "a: no"
    < nothing
    snapshot @v3 clusters: a=2
    < CDS @v3 3 a=2
    `,
  ),
  sotw(
    "P19",
    "a NACK is not answered by the same content at another version either",
    `
    snapshot @v1 clusters: a=1
    > CDS
    < CDS @v1 1 a=1
    > CDS ack 1
    snapshot @v2 clusters: a=bad
    < CDS @v2 2 a=bad
    > CDS nack 2 "a: no"
    < nothing
    snapshot @v3 clusters: a=bad
    < nothing
    snapshot @v4 clusters: a=2
    < CDS @v4 3 a=2
    `,
    { ours: true },
  ),
  sotw(
    "P21",
    "a NACK, like an ACK, may change what is subscribed to",
    `
    snapshot @v1 endpoints: a=1 b=1 c=1
    > EDS a
    < EDS 1 a=1
    > EDS nack 1 "no" a b
    < EDS 2 b=1 (a=1)
    > EDS ack 2 a b c
    < EDS 3 c=1 (a=1) (b=1)
    `,
  ),
  sotw(
    "P23",
    "a first CDS or LDS request without names means everything",
    `
    snapshot @v1 clusters: a=1 b=1 listeners: l=1 m=1
    > CDS
    < CDS 1 a=1 b=1
    > CDS ack 1
    > LDS
    < LDS 2 l=1 m=1
    `,
  ),
  sotw(
    "P24",
    "* means everything, from the first request on",
    `
    snapshot @v1 clusters: a=1 b=1
    > CDS *
    < CDS 1 a=1 b=1
    > CDS ack 1 *
    snapshot @v2 clusters: b=2
    < CDS 2 b=2
    `,
  ),
  sotw(
    "P25",
    "* with a name means everything, whether what has the name exists or not",
    `
    snapshot @v1 clusters: b=1
    > CDS * a
    < CDS 1 b=1
    > CDS ack 1 * a
    snapshot @v2 clusters: a=1 b=1 c=1
    < CDS 2 a=1 b=1 c=1
    `,
  ),
  sotw(
    "P26",
    "the name without * drops the wildcard and stays",
    `
    snapshot @v1 clusters: a=1 b=1
    > CDS * a
    < CDS 1 a=1 b=1
    > CDS ack 1 a
    <? CDS 2 a=1
    > CDS ack last a
    snapshot @v2 clusters: a=2 b=2 c=1
    < CDS 3 a=2
    `,
  ),
  sotw(
    "P26",
    "dropping the wildcard is not worth a response, nor is a change of what is not named",
    `
    snapshot clusters: a=1 b=1
    > CDS * a
    < CDS 1 a=1 b=1
    > CDS ack 1 a
    < nothing
    snapshot clusters: a=1 b=2 c=1
    < nothing
    snapshot clusters: a=2 b=2 c=1
    < CDS 2 a=2
    `,
    { ours: true },
  ),
  sotw(
    "P27",
    "after a name an empty list means nothing at all",
    `
    snapshot @v1 clusters: a=1 b=1
    > CDS a
    < CDS 1 a=1
    > CDS ack 1
    < nothing
    snapshot @v2 clusters: a=2 b=2
    < nothing
    `,
  ),
  sotw(
    "P28",
    "empty lists before any name stay the wildcard",
    `
    snapshot @v1 clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > CDS ack 1
    < nothing
    snapshot @v2 clusters: a=1 b=1
    < CDS 2 a=1 b=1
    `,
  ),
  sotw(
    "P29",
    "an empty first request of a type without wildcard subscribes to nothing",
    `
    snapshot endpoints: a=1 routes: r=1
    > EDS
    > RDS
    < nothing
    > EDS a
    < EDS 1 a=1
    `,
    { ours: true },
  ),
  sotw(
    "P29",
    "the empty list can be kept from meaning everything, for any type",
    `
    snapshot clusters: a=1
    > CDS
    < nothing
    > CDS a
    < CDS 1 a=1
    `,
    { server: { legacyWildcard: () => false } },
  ),
  sotw(
    "P30",
    "a name that is new in the list is sent although nothing changed",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a
    < EDS 1 a=1
    > EDS ack 1 a b
    < EDS 2 b=1 (a=1)
    `,
  ),
  sotw(
    "P31",
    "a name that was left and is asked for again is sent again",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a b
    < EDS 1 a=1 b=1
    > EDS ack 1 b
    <? EDS 2 b=1
    > EDS ack last a b
    < EDS 3 a=1 (b=1)
    `,
  ),
  sotw(
    "P30 P31",
    "leaving a name is not worth a response, and coming back brings that name only",
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
    { ours: true },
  ),
  sotw(
    "P32 P33",
    "a CDS response says everything subscribed, and no more than that",
    `
    snapshot @v1 clusters: a=1 b=1 c=1
    > CDS a b
    < CDS 1 a=1 b=1
    > CDS ack 1 a b
    snapshot @v2 clusters: a=1 b=2 c=2
    < CDS 2 a=1 b=2
    `,
  ),
  sotw(
    "P34",
    "a cluster that is gone is missing from the next response, even if that is empty",
    `
    snapshot @v1 clusters: a=1 b=1
    > CDS
    < CDS 1 a=1 b=1
    > CDS ack 1
    snapshot @v2 clusters: b=1
    < CDS 2 b=1
    > CDS ack 2
    snapshot @v3
    < CDS 3
    `,
  ),
  sotw(
    "P35",
    "an EDS response holds what changed",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a b
    < EDS 1 a=1 b=1
    > EDS ack 1 a b
    snapshot @v2 endpoints: a=2 b=1
    < EDS 2 a=2 (b=1)
    `,
  ),
  sotw(
    "P36 P49",
    "endpoints that are gone are no reason for an empty response",
    `
    snapshot @v1 endpoints: a=1
    > EDS a
    < EDS 1 a=1
    > EDS ack 1 a
    snapshot @v2
    < nothing
    `,
  ),
  sotw(
    "P37 P38",
    "what exists is sent without waiting for what does not, which is sent when it appears",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a b missing
    < EDS 1 a=1 b=1
    > EDS ack 1 a b missing
    < nothing
    snapshot @v2 endpoints: a=1 b=1 missing=1
    < EDS 2 missing=1 (a=1) (b=1)
    `,
  ),
  sotw(
    "P35 P36 P37 P49",
    "EDS sends what changed; a deletion alone and missing names are not answered",
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
    { ours: true },
  ),
  sotw(
    "P39 P40",
    "a stale request gets no response of its own, and what it asked for is not lost",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a
    < EDS 1 a=1
    > EDS ack 1 a
    snapshot @v2 endpoints: a=2 b=1
    < EDS 2 a=2
    # The client asks for b before it has read response 2.
    > EDS nonce 1 a b
    < nothing
    > EDS ack 2 a b
    < EDS 3 b=1 (a=2)
    `,
  ),
  sotw(
    "P31 P40",
    "who leaves a name in a stale request and comes back is sent it again",
    `
    snapshot endpoints: a=1 b=1
    > EDS a b
    < EDS 1 a=1 b=1
    > EDS a
    < nothing
    > EDS ack 1 a b
    < EDS 2 b=1
    `,
    { ours: true },
  ),
  sotw(
    "P41",
    "a change of names that crosses a response is no NACK of it",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a
    < EDS @v1 1 a=1
    > EDS ack 1 a
    snapshot @v2 endpoints: a=2 b=1
    < EDS @v2 2 a=2
    > EDS nonce 1 a b
    < nothing
    # The answer to response 2 decides, and a need not be sent again.
    > EDS ack 2 a b
    < EDS @v2 3 b=1 (a=2)
    > EDS ack 3 a b
    < nothing
    `,
  ),
  sotw(
    "P42",
    "without a version from the caller each type has one that follows from its content",
    `
    snapshot
    > CDS
    < CDS @0000000000000000 1
    `,
    { ours: true },
  ),
  sotw(
    "P43",
    "a client that reconnects and names something is sent it, whatever version it has",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a
    < EDS @v1 1 a=1
    > EDS ack 1 a
    reconnect
    > EDS @v1 a b
    < EDS @v1 1 a=1 b=1
    `,
  ),
  sotw(
    "P43 P44",
    "a client that reconnects before there is data is sent it when it comes, even at the version it has",
    `
    snapshot @v1 endpoints: a=1
    > EDS a
    < EDS @v1 1 a=1
    > EDS ack 1 a
    no snapshot
    reconnect
    > EDS @v1 a
    < nothing
    snapshot @v1 endpoints: a=1
    < EDS @v1 1 a=1
    `,
  ),
  sotw(
    "P45",
    "a first wildcard request that finds nothing gets an empty response",
    `
    snapshot @v1 endpoints: a=1
    > CDS
    < CDS 1
    > CDS ack 1
    > LDS
    < LDS 2
    `,
  ),
  sotw(
    "P45 P49",
    "a first wildcard request that finds nothing gets an empty response, clusters first, others none",
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
    { ours: true },
  ),
  sotw(
    "",
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
    { ours: true },
  ),
  sotw(
    "P15",
    "a client that stayed while there was no snapshot is sent the next one",
    `
    snapshot @v1 clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    no snapshot
    snapshot @v2 clusters: a=1 b=1
    < CDS 2 a=1 b=1
    `,
  ),
];
