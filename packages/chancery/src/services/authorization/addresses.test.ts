import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRange, toAddresses, toIp } from "./addresses.ts";

test("the address of a socket is found, and IPv4 within IPv6 is IPv4", () => {
  const addresses: Readonly<Record<string, string>> = {
    "10.0.0.1:80": "10.0.0.1",
    "10.0.0.1": "10.0.0.1",
    "[::1]:80": "::1",
    "[::1]": "::1",
    "[fe80::1%eth0]:80": "fe80::1",
    "[::ffff:10.0.0.1]:80": "10.0.0.1",
    "/run/envoy.sock": "",
    "envoy://listener/endpoint": "",
    "shop:80": "",
    "": "",
  };
  for (const [name, ip] of Object.entries(addresses)) assert.equal(toIp(name), ip, name);
});

test("addresses are in ranges of their own family only", () => {
  const addresses = toAddresses(["10.0.0.0/8", "192.0.2.7", "fd00::/8", "0.0.0.0/32"]);
  for (const ip of ["10.255.0.1", "192.0.2.7", "fd12::1", "0.0.0.0"]) assert.ok(addresses.has(ip), ip);
  for (const ip of ["11.0.0.1", "192.0.2.8", "fe00::1", "::a00:1", "", "x"]) assert.ok(!addresses.has(ip), ip);
  for (const range of ["10.0.0.0/33", "10.0.0/8", "::/129", "a", "10.0.0.0/", "10.0.0.0/-1"]) {
    assert.match(checkRange(range) ?? "", /no IP address or range/, range);
  }
});
