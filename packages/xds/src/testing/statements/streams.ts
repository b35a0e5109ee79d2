import { delta, type Statement, sotw } from "../statement.ts";

/** What a stream is for: whose it is, and of which types. */
export const streamStatements: readonly Statement[] = [
  sotw(
    "P1",
    "only the first request says who asks, for all types of the stream",
    `
    snapshot @v1 clusters: a=1 listeners: l=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > LDS
    < LDS 2 l=1
    `,
  ),
  delta(
    "P1",
    "only the first request says who asks, for all types of the stream",
    `
    snapshot clusters: a=1 listeners: l=1
    > CDS
    < CDS 1 a=1
    > CDS ack 1
    > LDS
    < LDS 2 l=1
    `,
  ),
  sotw(
    "P2",
    "another node later on the stream is refused, or changes nothing",
    `
    snapshot @v1 endpoints: a=1 b=1
    > EDS a
    < EDS 1 a=1
    > EDS ack 1 node somebody-else a b
    !? "cannot change"
    < EDS 2 b=1 (a=1)
    `,
    { onlyOverNetwork: true },
  ),
  delta(
    "P2",
    "another node later on the stream is refused, or changes nothing",
    `
    snapshot endpoints: a=1 b=1
    > EDS +a
    < EDS 1 a=1
    > EDS ack 1 node somebody-else +b
    !? "cannot change"
    < EDS 2 b=1
    `,
    { onlyOverNetwork: true },
  ),
  sotw(
    "P3",
    "on an aggregated stream a request must say its type",
    `
    snapshot clusters: a=1
    > none
    ! INVALID_ARGUMENT "type_url is required"
    reconnect
    > CDS
    < CDS 1 a=1
    `,
  ),
  delta(
    "P3",
    "on an aggregated stream a request must say its type",
    `
    snapshot clusters: a=1
    > none
    ! INVALID_ARGUMENT "type_url is required"
    reconnect
    > CDS
    < CDS 1 a=1
    `,
  ),
  sotw(
    "P4",
    "on the service of a type its type_url may be left out",
    `
    snapshot @v1 clusters: a=1
    > none
    < CDS 1 a=1
    > CDS ack 1
    < nothing
    `,
    { service: "clusters" },
  ),
  delta(
    "P4",
    "on the service of a type its type_url may be left out",
    `
    snapshot clusters: a=1
    > none
    < CDS 1 a=1
    > CDS ack 1
    < nothing
    `,
    { service: "clusters" },
  ),
  sotw(
    "P5",
    "on the service of a type another type is refused",
    `
    snapshot endpoints: a=1
    > EDS a
    ! "serves"
    `,
    { service: "clusters" },
  ),
  delta(
    "P5",
    "on the service of a type another type is refused",
    `
    snapshot endpoints: a=1
    > EDS +a
    ! "serves"
    `,
    { service: "clusters" },
  ),
];
