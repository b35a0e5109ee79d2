import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

test("delta: names and aliases match in subscribe and unsubscribe, and responses carry aliases (P76)", () => {
  runTranscript(
    "delta",
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
  );
});

test("delta: a host that is known not to exist is told by its name and alias without content (P77)", () => {
  runTranscript(
    "delta",
    `
    snapshot virtualHosts: r/none~r/none!
    > VHDS +r/none
    < VHDS 1 r/none~r/none
    > VHDS ack 1
    snapshot virtualHosts: r/none=1~r/none
    < VHDS 2 r/none=1~r/none
    `,
  );
});

const collection = "xdstp://c/envoy.config.endpoint.v3.LbEndpoint/x";

test("delta: a glob gets present and future members, and hears of those that go; leaving it stops them (P80)", () => {
  runTranscript(
    "delta",
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
  );
});

test("delta: authority, type and context parameters match exactly, in any order of the parameters (P81)", () => {
  runTranscript(
    "delta",
    `
    snapshot lbEndpoints: ${collection}/1?a=1&b=2=x ${collection}/2?a=1=x ${collection}/3=x
    > LEDS +${collection}/*?b=2&a=1
    < LEDS 1 ${collection}/1?a=1&b=2=x
    > LEDS ack 1 +${collection}/2?a=1
    < LEDS 2 ${collection}/2?a=1=x
    > LEDS ack 2 +${collection.replace("//c", "//d")}/*
    < LEDS 3 -${collection.replace("//c", "//d")}/*
    `,
  );
});

for (const variant of ["sotw", "delta"] as const) {
  test(`${variant}: what is on demand goes only to who names it (P25, P79)`, () => {
    const [star, named] = variant === "sotw" ? ["*", "* odd"] : ["+*", "+odd"];
    const rest = variant === "sotw" ? "a=1 " : "";
    runTranscript(
      variant,
      `
      snapshot clusters: a=1 odd=1!
      > CDS ${star}
      < CDS 1 a=1
      > CDS ack 1 ${named}
      < CDS 2 ${rest}odd=1
      > CDS ack 2 ${variant === "sotw" ? named : ""}
      snapshot clusters: a=1 odd=2!
      < CDS 3 ${rest}odd=2
      `,
    );
  });
}
