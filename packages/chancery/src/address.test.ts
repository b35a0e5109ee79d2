import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, isLoopback, parseAddress } from "./address.ts";

const good: [text: string, host: string, port: number][] = [
  ["127.0.0.1:18000", "127.0.0.1", 18000],
  [":18000", "default", 18000],
  ["[::1]:0", "::1", 0],
  ["0.0.0.0:18000", "0.0.0.0", 18000],
  ["localhost:65535", "localhost", 65535],
];

for (const [text, host, port] of good) {
  test(`"${text}" is host ${host} and port ${port}`, () => {
    assert.deepEqual(parseAddress(text, { defaultHost: "default" }), { host, port });
  });
}

for (const text of [
  "",
  "18000",
  "localhost",
  "localhost:",
  "localhost:65536",
  "::1:80",
  "[nonsense]:1",
  "a b:1",
  "a:1x",
]) {
  test(`"${text}" is no address`, () => {
    assert.equal(parseAddress(text, { defaultHost: "default" }), undefined);
  });
}

test("an address is written as it is read", () => {
  for (const text of ["127.0.0.1:1", "[::1]:0", "localhost:9"]) {
    const address = parseAddress(text, { defaultHost: "" });
    assert.equal(address && formatAddress(address), text);
  }
});

test("loopback is what only this machine reaches", () => {
  for (const host of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "localhost", "LOCALHOST", "api.localhost"]) {
    assert.equal(isLoopback(host), true, host);
  }
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "::ffff:10.0.0.1", "127.example.com", "localhost.example.com"]) {
    assert.equal(isLoopback(host), false, host);
  }
});
