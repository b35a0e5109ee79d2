import { delta, type Statement, sotw } from "../statement.ts";

/** In which order types are sent, and what waits for what. */
export const orderStatements: readonly Statement[] = [
  sotw(
    "P47",
    "types are sent in order: routes wait until clusters are ACKed, assignments do not",
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
    { ours: true },
  ),
  sotw(
    "P47",
    "a change of all types reaches the client in order",
    `
    snapshot @v1 clusters: a=1 listeners: l=1 routes: r=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > LDS
    < LDS 2 l=1
    > LDS ack 2
    > RDS r
    < RDS 3 r=1
    > RDS ack 3 r
    snapshot @v2 clusters: a=2 listeners: l=2 routes: r=2
    < CDS 4 a=2
    > CDS ack 4
    < LDS 5 l=2
    > LDS ack 5
    < RDS 6 r=2
    > RDS ack 6 r
    # Once more: it may have been chance.
    snapshot @v3 clusters: a=3 listeners: l=3 routes: r=3
    < CDS 7 a=3
    > CDS ack 7
    < LDS 8 l=3
    > LDS ack 8
    < RDS 9 r=3
    > RDS ack 9 r
    snapshot @v4 clusters: a=4 listeners: l=4 routes: r=4
    < CDS 10 a=4
    > CDS ack 10
    < LDS 11 l=4
    > LDS ack 11
    < RDS 12 r=4
    `,
  ),
  delta(
    "P84",
    "a change of all types reaches the client in order",
    `
    snapshot clusters: a=1 listeners: l=1 routes: r=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > LDS
    < LDS 2 l=1
    > LDS ack 2
    > RDS +r
    < RDS 3 r=1
    > RDS ack 3
    snapshot clusters: a=2 listeners: l=2 routes: r=2
    < CDS 4 a=2
    > CDS ack 4
    < LDS 5 l=2
    > LDS ack 5
    < RDS 6 r=2
    > RDS ack 6
    # Once more: it may have been chance.
    snapshot clusters: a=3 listeners: l=3 routes: r=3
    < CDS 7 a=3
    > CDS ack 7
    < LDS 8 l=3
    > LDS ack 8
    < RDS 9 r=3
    > RDS ack 9
    snapshot clusters: a=4 listeners: l=4 routes: r=4
    < CDS 10 a=4
    > CDS ack 10
    < LDS 11 l=4
    > LDS ack 11
    < RDS 12 r=4
    `,
  ),
  sotw(
    "P48",
    "a swapped cluster is withdrawn only after the routes that referred to it were replaced",
    `
    snapshot @v1 clusters: old=1 routes: r=old
    > CDS
    < CDS 1 old=1
    > CDS ack 1
    > RDS r
    < RDS 2 r=old
    > RDS ack 2 r
    snapshot @v2 clusters: new=1 routes: r=new
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
  ),
  delta(
    "P48 P84",
    "the same, where only the difference is sent",
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
  ),
  sotw(
    "",
    "a cluster that comes back before it was withdrawn is simply kept",
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
    { ours: true },
  ),
  sotw(
    "",
    "a refused response lets the next step go",
    `
    snapshot clusters: a=1 routes: r=1
    > CDS
    > RDS r
    < CDS 1 a=1
    > CDS nack 1 "no"
    < RDS 2 r=1
    `,
    { ours: true },
  ),
  sotw(
    "",
    "a client that does not answer in time lets the next step go",
    `
    snapshot clusters: a=1 routes: r=1
    > CDS
    > RDS r
    < CDS 1 a=1
    < nothing
    time passes
    < RDS 2 r=1
    `,
    { ours: true },
  ),
  sotw(
    "",
    "endpoints do not wait for routes, nor routes for endpoints",
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
    { ours: true },
  ),
  sotw(
    "P46",
    "a cluster that changes has its assignment sent again",
    `
    snapshot @v1 clusters: a=1 endpoints: a=1 b=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > EDS a
    < EDS 2 a=1
    > EDS ack 2 a
    snapshot @v2 clusters: a=2 endpoints: a=1 b=1
    < CDS 3 a=2
    < EDS 4 a=1
    < nothing
    > CDS ack 3
    > EDS ack 4 a
    # Once more: the order may have been chance.
    snapshot @v3 clusters: a=3 endpoints: a=1 b=1
    < CDS 5 a=3
    < EDS 6 a=1
    > CDS ack 5
    > EDS ack 6 a
    snapshot @v4 clusters: a=4 endpoints: a=1 b=1
    < CDS 7 a=4
    < EDS 8 a=1
    `,
  ),
  delta(
    "P46",
    "a cluster that changes has its assignment sent again, or when it is asked for again",
    `
    snapshot clusters: a=1 endpoints: a=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > EDS +a
    < EDS 2 a=1
    > EDS ack 2
    snapshot clusters: a=2 endpoints: a=1
    < CDS 3 a=2
    <~ EDS 4 a=1
    > EDS ack last +a
    < EDS 5 a=1
    `,
  ),
  delta(
    "P46",
    "a cluster that changes has its assignment, and no other, sent again",
    `
    snapshot clusters: a=1 endpoints: a=1 b=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > EDS +a
    < EDS 2 a=1
    > EDS ack 2
    snapshot clusters: a=2 endpoints: a=1 b=1
    < CDS 3 a=2
    < EDS 4 a=1
    < nothing
    `,
    { ours: true },
  ),
  sotw(
    "",
    "a client that warms a cluster which is gone is told that it has no endpoints",
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
    { ours: true },
  ),
];
