import { delta, type Statement } from "../statement.ts";

/** The incremental variant: subscribing and unsubscribing, wildcards, what is known and what is gone. */
export const deltaStatements: readonly Statement[] = [
  delta(
    "P8 P9",
    "a stale or foreign nonce on a first request is served, each type by itself",
    `
    snapshot @v1 endpoints: a=1 routes: r=1
    > EDS +a nonce 9
    < EDS 1 a=1
    > RDS +r nonce 1
    < RDS 2 r=1
    > EDS ack 1
    > RDS ack 2
    < nothing
    `,
  ),
  delta(
    "P8 P9",
    "so it is with a wildcard",
    `
    snapshot clusters: a=1 endpoints: a=1
    > CDS nonce 9
    < CDS 1 a=1
    > EDS +a nonce 1
    < EDS 2 a=1
    > CDS ack 1
    > EDS ack 2
    < nothing
    `,
  ),
  delta(
    "P7 P11",
    "no response names a resource twice, and each has a nonce of its own",
    `
    snapshot clusters: a=1 b=1
    > CDS +* +a +a
    < CDS 1 a=1 b=1
    > CDS ack 1
    snapshot clusters: a=2 b=1
    < CDS 2 a=2
    `,
  ),
  delta(
    "P12",
    "what is superseded before it could be sent is not sent",
    `
    snapshot endpoints: a=1 b=1
    > EDS +a
    > EDS +b -a
    < EDS 1 b=1
    < nothing
    `,
    { onlyInMemory: "nobody outside knows when the server could have sent" },
  ),
  delta(
    "P13 P14 P73",
    "an ACK and a snapshot with the same content are answered by nothing",
    `
    snapshot @v1 clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    < nothing
    snapshot @v2 clusters: a=1
    < nothing
    `,
  ),
  delta(
    "P75",
    "what changed is sent although the version of the whole did not",
    `
    snapshot @v1 clusters: a=1
    > CDS
    < CDS @v1 1 a=1
    > CDS ack 1
    snapshot @v1 clusters: a=2
    < CDS @v1 2 a=2
    `,
  ),
  delta(
    "P17",
    "a client that does not answer later gets the latest state, not each step",
    `
    snapshot clusters: a=1 b=1
    > CDS
    < CDS 1 a=1 b=1
    snapshot clusters: a=2 b=1 c=1
    snapshot clusters: a=3 c=2
    < nothing
    > CDS ack 1
    < CDS 2 a=3 c=2 -b
    `,
    { ours: true },
  ),
  delta(
    "P18 P19 P20",
    "a NACK is not answered by the same content, but by the next",
    `
    snapshot clusters: a=bad b=1
    > CDS
    < CDS 1 a=bad b=1
    > CDS nack 1 "a: no"
    < nothing
    snapshot clusters: a=bad b=2
    < CDS 2 b=2
    > CDS ack 2
    snapshot clusters: a=2 b=2
    < CDS 3 a=2
    `,
  ),
  delta(
    "P21",
    "a NACK may change what is subscribed to",
    `
    snapshot endpoints: a=1 b=1
    > EDS +a
    < EDS 1 a=1
    > EDS nack 1 "no" +b
    < EDS 2 b=1
    `,
  ),
  delta(
    "P51",
    "a first request that names nothing means everything",
    `
    snapshot clusters: a=1 b=1
    > CDS
    < CDS 1 a=1 b=1
    `,
  ),
  delta(
    "P52",
    "a first request that only unsubscribes means nothing",
    `
    snapshot listeners: l=1
    > LDS -x
    < nothing
    snapshot listeners: l=2
    < nothing
    `,
  ),
  delta(
    "P53",
    "* begins the wildcard, and ends it",
    `
    snapshot clusters: a=1 b=1
    > CDS +*
    < CDS 1 a=1 b=1
    > CDS ack 1 -*
    < nothing
    snapshot clusters: a=2 b=2
    < nothing
    `,
  ),
  delta(
    "P53 P55",
    "without * the names stay",
    `
    snapshot clusters: a=1 b=1
    > CDS +* +a
    < CDS 1 a=1 b=1
    > CDS ack 1 -*
    <? CDS 2 a=1
    snapshot clusters: a=2 b=2
    < CDS 3 a=2
    `,
  ),
  delta(
    "P53 P55 P62",
    "a name added to the wildcard is sent again, and stays without it",
    `
    snapshot clusters: a=1 b=1
    > CDS +*
    < CDS 1 a=1 b=1
    > CDS ack 1 +a
    < CDS 2 a=1
    > CDS ack 2 -*
    < nothing
    snapshot clusters: a=2 b=2
    < CDS 3 a=2
    `,
    { ours: true },
  ),
  delta(
    "P54",
    "a name added to the unspoken wildcard keeps it",
    `
    snapshot clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1 +missing
    <~ CDS 2 -missing
    > CDS ack last
    snapshot clusters: a=1 b=1
    < CDS 3 b=1
    `,
  ),
  delta(
    "P56",
    "without the last name there is no wildcard",
    `
    snapshot endpoints: a=1 clusters: a=1
    > CDS +a
    < CDS 1 a=1
    > CDS ack 1 -a
    < nothing
    snapshot clusters: a=2 b=2
    < nothing
    `,
  ),
  delta(
    "P54 P56",
    "so it is when there was one",
    `
    snapshot clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1 +missing
    < CDS 2 -missing
    > CDS ack 2
    snapshot clusters: a=1 b=1
    < CDS 3 b=1
    > CDS ack 3 -*
    > CDS -missing
    < nothing
    snapshot clusters: a=3 b=3
    < nothing
    `,
    { ours: true },
  ),
  delta(
    "P57 P74",
    "only what changed is sent, and new resources reach a wildcard",
    `
    snapshot clusters: a=1 b=1
    > CDS
    < CDS 1 a=1 b=1
    > CDS ack 1
    snapshot clusters: a=1 b=2 c=1
    < CDS 2 b=2 c=1
    `,
  ),
  delta(
    "P58",
    "the version of a resource follows from its content: the same as before for the same, another for another",
    `
    snapshot endpoints: a=1
    > EDS +a
    < EDS 1 a=1
    > EDS ack 1
    snapshot endpoints: a=2
    < EDS 2 a=2
    > EDS ack 2
    reconnect
    # It has a=1, and a=2 is what there is.
    > EDS +a a=1
    < EDS 1 a=2
    > EDS ack 1
    snapshot endpoints: a=1
    < EDS 2 a=1
    > EDS ack 2
    reconnect
    # Now a=1 is what it has, and what there is.
    > EDS +a a=1
    < nothing
    `,
  ),
  delta(
    "P59",
    "a resource that is gone is removed once",
    `
    snapshot endpoints: a=1 b=1
    > EDS +a +b
    < EDS 1 a=1 b=1
    > EDS ack 1
    snapshot endpoints: b=1
    < EDS 2 -a
    > EDS ack 2
    < nothing
    snapshot endpoints: b=2
    < EDS 3 b=2
    `,
  ),
  delta(
    "P60",
    "a name that does not exist is said to be removed at once",
    `
    snapshot endpoints: a=1
    > EDS +missing
    < EDS 1 -missing
    `,
  ),
  delta(
    "P60 P61",
    "beside one that does, and sent when it appears",
    `
    snapshot endpoints: a=1
    > EDS +a +missing
    < EDS 1 a=1 -missing
    > EDS ack 1
    < nothing
    snapshot endpoints: a=1 missing=1
    < EDS 2 missing=1
    `,
    { ours: true },
  ),
  delta(
    "P61",
    "a name that is asked for before there is anything is sent when it appears",
    `
    > EDS +late
    < nothing
    snapshot endpoints: a=1 late=1
    < EDS 1 late=1
    `,
  ),
  delta(
    "P62",
    "a name that is known and asked for again is sent again",
    `
    snapshot endpoints: a=1
    > EDS +a
    < EDS 1 a=1
    > EDS ack 1 +a
    < EDS 2 a=1
    `,
  ),
  delta(
    "P63 P64",
    "leaving an unknown name, or leaving at all, needs no answer",
    `
    snapshot endpoints: a=1
    > EDS +a
    < EDS 1 a=1
    > EDS ack 1 -x
    > EDS -a
    < nothing
    snapshot endpoints: a=2
    < nothing
    `,
  ),
  delta(
    "P65",
    "who leaves a name but keeps the wildcard is sent what the name is in the wildcard",
    `
    snapshot clusters: a=1
    > CDS +* +a
    < CDS 1 a=1
    > CDS ack 1 -a
    < CDS 2 a=1
    `,
  ),
  delta(
    "P65",
    "who leaves a name but keeps the wildcard is told what the wildcard says of it",
    `
    snapshot clusters: a=1
    > CDS +* +a +b
    < CDS 1 a=1 -b
    > CDS ack 1 -a -b
    < CDS 2 a=1 -b
    `,
    { ours: true },
  ),
  delta(
    "P66 P67",
    "a stale nonce, or none, is no answer, but the names count",
    `
    snapshot endpoints: a=1 b=1 c=1
    > EDS +a
    < EDS 1 a=1
    > EDS +b
    < nothing
    > EDS nonce 77 +c
    < nothing
    > EDS ack 1
    < EDS 2 b=1 c=1
    `,
    { ours: true },
  ),
  delta(
    "P66",
    "a stale nonce does not keep a name from being sent",
    `
    snapshot endpoints: a=1 b=1
    > EDS +a
    < EDS 1 a=1
    > EDS ack 1
    > EDS nonce 77 +b
    < EDS 2 b=1
    `,
  ),
  delta(
    "P68 P69",
    "a reconnecting client is sent what differs from what it has, and what is gone",
    `
    snapshot clusters: a=1 b=1 c=1
    > CDS
    < CDS 1 a=1 b=1 c=1
    > CDS ack 1
    reconnect
    snapshot clusters: a=1 b=2
    > CDS a=1 b=1 c=1
    < CDS 1 b=2 -c
    > CDS ack 1
    < nothing
    `,
  ),
  delta(
    "P68 P69",
    "the same for names, of which missing ones are told as ever",
    `
    snapshot endpoints: a=1 b=1 c=1
    > EDS +a +b +c
    < EDS 1 a=1 b=1 c=1
    > EDS ack 1
    reconnect
    snapshot endpoints: a=1 b=2 d=1
    > EDS +a +b +c a=1 b=1 c=1
    < EDS 1 b=2 -c
    `,
  ),
  delta(
    "P70 P71",
    "what a client has counts in its first message only, and nothing is remembered over streams",
    `
    snapshot endpoints: a=1 b=1
    > EDS +a +b
    < EDS 1 a=1 b=1
    > EDS ack 1
    reconnect
    > EDS +a a=1
    < nothing
    > EDS +b b=1
    < EDS 1 b=1
    reconnect
    > EDS +b
    < EDS 1 b=1
    `,
  ),
  delta(
    "P71",
    "a client that reconnects without saying what it has is sent it",
    `
    snapshot endpoints: a=1
    > EDS +a
    < EDS 1 a=1
    > EDS ack 1
    reconnect
    > EDS +a
    < EDS 1 a=1
    `,
  ),
  delta(
    "P72",
    "a first wildcard with nothing to send gets an empty response",
    `
    snapshot clusters: a=1
    > LDS
    < LDS 1
    > LDS ack 1
    < nothing
    `,
  ),
  delta(
    "P72",
    "also when the client has it all",
    `
    snapshot clusters: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    reconnect
    > LDS
    < LDS 1
    > CDS a=1
    < CDS 2
    > CDS ack 2
    > LDS ack 1
    < nothing
    `,
    { ours: true },
  ),
  delta(
    "P82",
    "a name in both lists of a request is first added, then left",
    `
    snapshot endpoints: a=1
    > EDS +a -a
    < nothing
    snapshot endpoints: a=2
    < nothing
    `,
    { ours: true },
  ),
  delta(
    "P79",
    "a missing cluster beside the wildcard is told",
    `
    snapshot clusters: a=1
    > CDS +*
    < CDS 1 a=1
    > CDS ack 1 +odd
    < CDS 2 -odd
    > CDS ack 2
    snapshot clusters: a=1 odd=1
    < CDS 3 odd=1
    `,
  ),
  delta(
    "",
    "a name that was told, went away unseen while the wildcard was off, is told when the wildcard begins",
    `
    snapshot clusters: a=1
    > CDS +a
    < CDS 1 a=1
    snapshot clusters: b=1
    > CDS ack 1 +*
    < CDS 2 b=1 -a
    `,
    { ours: true },
  ),
  delta(
    "P83",
    "a big answer comes in several responses, and what changes meanwhile comes after them",
    `
    snapshot clusters: a=1 b=1 c=1 d=1
    > CDS
    < CDS 1 a=1
    snapshot clusters: a=1 b=1 c=1 d=2
    < nothing
    > CDS ack 1
    < CDS 2 b=1
    > CDS ack 2
    < CDS 3 c=1
    > CDS ack 3
    < CDS 4 d=1
    > CDS ack 4
    < CDS 5 d=2
    > CDS ack 5
    < nothing
    `,
    { server: { maxDeltaBytes: 100 } },
  ),
];
