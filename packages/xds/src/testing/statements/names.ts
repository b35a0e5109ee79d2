import { delta, type Statement, sotw } from "../statement.ts";

const collection = "xdstp://c/envoy.config.endpoint.v3.LbEndpoint/x";

/** Aliases, glob collections, and what is served on demand only. */
export const nameStatements: readonly Statement[] = [
  delta(
    "P76",
    "names and aliases match in subscribe and unsubscribe, and responses carry aliases",
    `
    snapshot virtualHosts: r/a=1~r/a.com~r/www.a.com r/b=1
    > VHDS +r/www.a.com
    < VHDS 1 r/a=1~r/a.com~r/www.a.com
    > VHDS ack 1
    snapshot virtualHosts: r/a=2~r/a.com~r/www.a.com r/b=2
    < VHDS 2 r/a=2~r/a.com~r/www.a.com
    > VHDS ack 2 -r/www.a.com
    snapshot virtualHosts: r/a=3~r/a.com~r/www.a.com
    < nothing
    > VHDS +r/a +r/a.com
    < VHDS 3 r/a=3~r/a.com~r/www.a.com
    > VHDS ack 3
    snapshot
    < VHDS 4 -r/a
    `,
  ),
  delta(
    "P77",
    "a host that is known not to exist is told by its name and alias without content",
    `
    snapshot virtualHosts: r/none~r/none!
    > VHDS +r/none
    < VHDS 1 r/none~r/none
    > VHDS ack 1
    snapshot virtualHosts: r/none=1~r/none
    < VHDS 2 r/none=1~r/none
    `,
  ),
  delta(
    "P78",
    "the virtual hosts of a route table that changes are sent again",
    `
    snapshot routes: r=1 s=1 virtualHosts: r/a=1 s/a=1
    > RDS +r +s
    < RDS 1 r=1 s=1
    > RDS ack 1
    > VHDS +r/a +s/a
    < VHDS 2 r/a=1 s/a=1
    > VHDS ack 2
    snapshot routes: r=2 s=1 virtualHosts: r/a=1 s/a=1
    < RDS 3 r=2
    < VHDS 4 r/a=1
    `,
  ),
  delta(
    "P80",
    "a glob gets present and future members, and hears of those that go; leaving it stops them",
    `
    snapshot lbEndpoints: ${collection}/1=a ${collection}/y/2=b
    > LEDS +${collection}/*
    < LEDS 1 ${collection}/1=a
    > LEDS ack 1
    snapshot lbEndpoints: ${collection}/1=a ${collection}/3=c
    < LEDS 2 ${collection}/3=c
    > LEDS ack 2
    snapshot lbEndpoints: ${collection}/3=c
    < LEDS 3 -${collection}/1
    > LEDS ack 3 -${collection}/*
    snapshot lbEndpoints: ${collection}/3=d
    < nothing
    `,
  ),
  delta(
    "P81",
    "authority, type and context parameters match exactly, in any order of the parameters",
    `
    snapshot lbEndpoints: ${collection}/1?a=1&b=2=x ${collection}/2?a=1=x ${collection}/3=x
    > LEDS +${collection}/*?b=2&a=1
    < LEDS 1 ${collection}/1?a=1&b=2=x
    > LEDS ack 1 +${collection}/2?a=1
    < LEDS 2 ${collection}/2?a=1=x
    > LEDS ack 2 +${collection.replace("//c", "//d")}/*
    < LEDS 3 -${collection.replace("//c", "//d")}/*
    `,
  ),
  sotw(
    "P25 P79",
    "what is on demand goes only to who names it",
    `
    snapshot clusters: a=1 odd=1!
    > CDS *
    < CDS 1 a=1
    > CDS ack 1 * odd
    < CDS 2 a=1 odd=1
    > CDS ack 2 * odd
    snapshot clusters: a=1 odd=2!
    < CDS 3 a=1 odd=2
    `,
  ),
  delta(
    "P79",
    "what is on demand goes only to who names it",
    `
    snapshot clusters: a=1 odd=1!
    > CDS +*
    < CDS 1 a=1
    > CDS ack 1 +odd
    < CDS 2 odd=1
    > CDS ack 2
    snapshot clusters: a=1 odd=2!
    < CDS 3 odd=2
    `,
  ),
];
