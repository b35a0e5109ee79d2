import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ErrorCode } from "../codes.ts";
import { HeaderDecoder } from "./decoder.ts";
import { encodeHeaders } from "./encoder.ts";

const MANY = 1 << 20;

function decode(decoder: HeaderDecoder, hex: string): string[] | undefined {
  return decoder.decode(Buffer.from(hex.replaceAll(" ", ""), "hex"))?.map(({ name, value }) => `${name}: ${value}`);
}

const first = [":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"];
const second = [...first, "cache-control: no-cache"];
const third = [
  ":method: GET",
  ":scheme: https",
  ":path: /index.html",
  ":authority: www.example.com",
  "custom-key: custom-value",
];

/** The examples of https://www.rfc-editor.org/rfc/rfc7541#appendix-C: the blocks of a connection, and what they say. */
const examples: Readonly<Record<string, readonly (readonly [block: string, ...headers: string[]])[]>> = {
  "C.2.1": [["400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", "custom-key: custom-header"]],
  "C.2.2": [["040c 2f73 616d 706c 652f 7061 7468", ":path: /sample/path"]],
  "C.2.3": [["1008 7061 7373 776f 7264 0673 6563 7265 74", "password: secret"]],
  "C.2.4": [["82", ":method: GET"]],
  "C.3": [
    ["8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", ...first],
    ["8286 84be 5808 6e6f 2d63 6163 6865", ...second],
    ["8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65", ...third],
  ],
  "C.4": [
    ["8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", ...first],
    ["8286 84be 5886 a8eb 1064 9cbf", ...second],
    ["8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf", ...third],
  ],
};

for (const [name, blocks] of Object.entries(examples)) {
  test(`example ${name} of RFC 7541 is read`, () => {
    const decoder = new HeaderDecoder(MANY);
    for (const [block, ...headers] of blocks) assert.deepEqual(decode(decoder, block), headers);
  });
}

/** Examples C.5 and C.6, whose table has 256 bytes, so that the oldest fields give way. */
const evicting = {
  "C.5": [
    "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
    "4803 3330 37c1 c0bf",
    "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
  ],
  "C.6": [
    "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
    "4883 640e ffc1 c0bf",
    "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07",
  ],
};

for (const [name, [one = "", two = "", three = ""]] of Object.entries(evicting)) {
  test(`example ${name} of RFC 7541 is read, with a table in which the oldest give way`, () => {
    const decoder = new HeaderDecoder(MANY);
    const rest = ["cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT", "location: https://www.example.com"];
    assert.deepEqual(decode(decoder, `3fe1 01${one}`), [":status: 302", ...rest]);
    assert.deepEqual(decode(decoder, two), [":status: 307", ...rest]);
    assert.deepEqual(decode(decoder, three), [
      ":status: 200",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:22 GMT",
      "location: https://www.example.com",
      "content-encoding: gzip",
      "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ]);
    // The table has three fields by now, and not those of the first block.
    assert.throws(() => decode(decoder, "c1"), { code: ErrorCode.COMPRESSION_ERROR });
  });
}

const wrong = {
  "an index of 0": "80",
  "an index beyond the tables": "be",
  "a name beyond the tables": "7f 00 01 61",
  "a table size after a field": "82 20",
  "a table size above ours": "3f e2 1f",
  "a length beyond the block": "00 05 61",
  "an end within a number": "ff 80",
  "a number that never ends": "ff 80 80 80 80 80 80 80 80 80 80 01",
  "a number of more than 24 bits": "7f ff ff ff 7f",
  "packed bytes padded with zeros": "00 01 61 81 18",
  "packed bytes padded with a whole byte": "00 01 61 82 1f ff",
  "a packed end of the string": "00 01 61 84 ff ff ff ff",
};

for (const [what, block] of Object.entries(wrong)) {
  test(`${what} is a COMPRESSION_ERROR`, () => {
    assert.throws(() => decode(new HeaderDecoder(MANY), block), { code: ErrorCode.COMPRESSION_ERROR });
  });
}

test("the size of the table may change more than once in front of a block", () => {
  assert.deepEqual(decode(new HeaderDecoder(MANY), "20 3f e1 1f 82"), [":method: GET"]);
});

test("what clients tell alike is there once, and what only looks alike is told apart", () => {
  const decode = (hex: string) => new HeaderDecoder(MANY).decode(Buffer.from(hex.replaceAll(" ", ""), "hex"))?.[0];
  // a: "b c", and "a b": "c", which is no name.
  const [one, wrong, other] = [
    decode("40 01 61 03 622063"),
    decode("40 03 612062 01 63"),
    decode("40 01 61 03 622063"),
  ];
  assert.deepEqual(one, { name: "a", value: "b c", valid: true });
  assert.deepEqual(wrong, { name: "a b", value: "c", valid: false });
  assert.deepEqual(other, one);
  assert.equal(decode("40 01 61 03 622063"), other);
});

test("a list that is too large is not kept, but the table is up to date after it", () => {
  const decoder = new HeaderDecoder(2_000);
  const large = encodeHeaders([["a", "x".repeat(3_000)]]);
  assert.equal(decoder.decode(Buffer.concat([Buffer.from("4001620163", "hex"), large])), undefined);
  assert.deepEqual(decode(decoder, "be"), ["b: c"]);
  assert.equal(decoder.decode(Buffer.alloc(100, 0xbe)), undefined);
});

test("whatever headers are written, they are read", () => {
  const text = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) });
  const name = text.filter((value) => value.length > 0).map((value) => value.toLowerCase());
  fc.assert(
    fc.property(
      fc.array(fc.tuple(name, fc.oneof(text, fc.constant("x".repeat(500)))), { maxLength: 20 }),
      (headers) => {
        const read = new HeaderDecoder(MANY).decode(encodeHeaders(headers));
        assert.deepEqual(
          read?.map(({ name, value }) => [name, value]),
          headers,
        );
      },
    ),
  );
});

test("whatever bytes are read, they are headers or an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        new HeaderDecoder(MANY).decode(Buffer.from(bytes));
      } catch (error) {
        assert.ok(error instanceof Error && error.name === "ConnectionError");
      }
    }),
  );
});
