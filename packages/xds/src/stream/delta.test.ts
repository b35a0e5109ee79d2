import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

const delta = (name: string, text: string) => test(`delta: ${name}`, () => runTranscript("delta", text));

delta(
  "a stale or foreign nonce on a first request is served (P8), each type by itself (P9)",
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
);

delta(
  "no response names a resource twice (P11)",
  `
  snapshot clusters: a=1 b=1
  > CDS +* +a +a
  < CDS 1 a=1 b=1
  `,
);

delta(
  "what is superseded before it could be sent is not sent (P12)",
  `
  snapshot endpoints: a=1 b=1
  > EDS +a
  > EDS +b -a
  < EDS 1 b=1
  < nothing
  `,
);

delta(
  "an ACK (P13, P73) and a snapshot with the same content (P14) are answered by nothing",
  `
  snapshot @v1 clusters: a=1
  > CDS
  < CDS 1 a=1
  > CDS ack 1
  < nothing
  snapshot @v2 clusters: a=1
  < nothing
  `,
);

delta(
  "a client that does not answer later gets the latest state, not each step (P17)",
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
);

delta(
  "a NACK is not answered by the same content (P18, P19), but by the next (P20)",
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
);

delta(
  "a NACK may change what is subscribed to (P21)",
  `
  snapshot endpoints: a=1 b=1
  > EDS +a
  < EDS 1 a=1
  > EDS nack 1 "no" +b
  < EDS 2 b=1
  `,
);

delta(
  "a first request that names nothing means everything (P51), one that only unsubscribes does not (P52)",
  `
  snapshot clusters: a=1 listeners: l=1
  > CDS
  < CDS 1 a=1
  > CDS ack 1
  > LDS -x
  < nothing
  snapshot clusters: a=1 listeners: l=2
  < nothing
  `,
);

delta(
  "* begins and ends the wildcard (P53); without it the names stay (P55)",
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
);

delta(
  "a name added to the unspoken wildcard keeps it (P54), and without the last name there is no wildcard (P56)",
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
);

delta(
  "only what changed is sent (P57), and new resources reach a wildcard (P74)",
  `
  snapshot clusters: a=1 b=1
  > CDS
  < CDS 1 a=1 b=1
  > CDS ack 1
  snapshot clusters: a=1 b=2 c=1
  < CDS 2 b=2 c=1
  `,
);

delta(
  "a resource that is gone is removed once (P59)",
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
);

delta(
  "a name that does not exist is said to be removed at once (P60), and sent when it appears (P61)",
  `
  snapshot endpoints: a=1
  > EDS +a +missing
  < EDS 1 a=1 -missing
  > EDS ack 1
  < nothing
  snapshot endpoints: a=1 missing=1
  < EDS 2 missing=1
  `,
);

delta(
  "a name that is known and asked for again is sent again (P62)",
  `
  snapshot endpoints: a=1
  > EDS +a
  < EDS 1 a=1
  > EDS ack 1 +a
  < EDS 2 a=1
  `,
);

delta(
  "leaving an unknown name (P63), or leaving at all (P64), needs no answer",
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
);

delta(
  "who leaves a name but keeps the wildcard is told what the wildcard says of it (P65)",
  `
  snapshot clusters: a=1
  > CDS +* +a +b
  < CDS 1 a=1 -b
  > CDS ack 1 -a -b
  < CDS 2 a=1 -b
  `,
);

delta(
  "a stale nonce (P66), or none (P67), is no answer, but the names count",
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
);

delta(
  "a reconnecting client is sent what differs from what it has (P68), and what is gone (P69)",
  `
  snapshot clusters: a=1 b=2
  > CDS a=1 b=1 c=1
  < CDS 1 b=2 -c
  > CDS ack 1
  < nothing
  `,
);

delta(
  "the same for names, of which missing ones are told as ever (P69)",
  `
  snapshot endpoints: a=1 b=2 d=1
  > EDS +a +b +c a=1 b=1 c=1
  < EDS 1 b=2 -c
  `,
);

delta(
  "what a client has counts in its first message only (P70), and nothing is remembered over streams (P71)",
  `
  snapshot endpoints: a=1 b=1
  > EDS +a a=1
  < nothing
  > EDS +b b=1
  < EDS 1 b=1
  reconnect
  > EDS +b
  < EDS 1 b=1
  `,
);

delta(
  "a first wildcard with nothing to send gets an empty response (P72), also when the client has it all",
  `
  snapshot clusters: a=1
  > LDS
  < LDS 1
  > CDS a=1
  < CDS 2
  > CDS ack 2
  > LDS ack 1
  < nothing
  `,
);

delta(
  "a name in both lists of a request is first added, then left (P82)",
  `
  snapshot endpoints: a=1
  > EDS +a -a
  < nothing
  snapshot endpoints: a=2
  < nothing
  `,
);

delta(
  "a missing cluster beside the wildcard is told (P79)",
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
);

delta(
  "a name that was told, went away unseen while the wildcard was off, is told when the wildcard begins",
  `
  snapshot clusters: a=1
  > CDS +a
  < CDS 1 a=1
  snapshot clusters: b=1
  > CDS ack 1 +*
  < CDS 2 b=1 -a
  `,
);

test("delta: a big answer comes in several responses (P83), and what changes meanwhile comes after them", () => {
  runTranscript(
    "delta",
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
    { maxDeltaBytes: 100 },
  );
});
