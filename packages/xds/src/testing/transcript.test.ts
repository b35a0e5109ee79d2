import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryCounterpart } from "./memory.ts";
import { statements } from "./statements/index.ts";
import { converse, runTranscript, TranscriptError } from "./transcript.ts";

const failures: [what: string, transcript: string, says: RegExp][] = [
  ["another content", "snapshot clusters: a=1\n> CDS\n< CDS 1 a=2", /^line 3, "< CDS 1 a=2": heard "< CDS 1 a=1"$/],
  ["another version", "snapshot @v1\n> CDS\n< CDS @v2 1", /heard "< CDS @v1 1"/],
  ["another order", "snapshot clusters: a=1 b=1\n> CDS\n< CDS 1 b=1 a=1", /heard "< CDS 1 a=1 b=1"/],
  ["nothing where something is expected", "> CDS\n< CDS 1", /^line 2, "< CDS 1": heard nothing$/],
  ["something where nothing is expected", "snapshot\n> CDS\n< nothing", /heard "< CDS \?"/],
  ["what only others may do", "snapshot\n> CDS\n<? CDS 1\n< nothing", /heard "< CDS \?"/],
  ["what our own must do", "> CDS\n<~ CDS 1", /heard nothing/],
  ["an end that is not said", "> none", /^at the end: the stream ended with INVALID_ARGUMENT: type_url is required/],
  ["an end that goes on", "> none\n< nothing", /^line 2, "< nothing": the stream ended with INVALID_ARGUMENT/],
  ["an end with another status", "> none\n! NOT_FOUND", /the stream ended with INVALID_ARGUMENT/],
  ["an end that does not come", "snapshot\n> CDS\n! INVALID_ARGUMENT", /heard "< CDS \?"/],
];

for (const [what, transcript, says] of failures) {
  test(`a transcript fails at ${what}`, async () => {
    await assert.rejects(runTranscript("sotw", transcript), (error) => {
      assert.ok(error instanceof TranscriptError);
      assert.match(error.message, says);
      return true;
    });
  });
}

test("a line that nobody can read is a mistake of the transcript", async () => {
  for (const line of ["hello", "constructor", "toString 1"]) {
    await assert.rejects(runTranscript("sotw", line), new TypeError(`Cannot read the line "${line}"`));
  }
  await assert.rejects(runTranscript("sotw", "snapshot cars: a=1"), new TypeError('There is no type "cars"'));
});

test("other servers may do what the protocol leaves open, or leave it", async () => {
  const transcript = `
    snapshot clusters: a=1 b=1
    > CDS
    <? LDS 9
    < CDS 1 b=1 a=1 (c=1)
    <~ CDS 2
    > CDS ack last
    !? INVALID_ARGUMENT
    < nothing
    > none
    !? INVALID_ARGUMENT "in other words"
    < what follows does not matter any more
  `;
  await converse(new MemoryCounterpart({ variant: "sotw" }), transcript);
});

test("a SotW client says the version that it has accepted, and no other", async () => {
  const counterpart = new MemoryCounterpart({ variant: "sotw" });
  const requests: string[] = [];
  const { send } = counterpart;
  counterpart.send = (request) => {
    requests.push(/one|two/.exec(Buffer.from(request).toString("latin1"))?.[0] ?? "none");
    send.call(counterpart, request);
  };
  await converse(
    counterpart,
    `
    snapshot @one endpoints: a=1
    > EDS a
    < EDS 1 a=1
    > EDS ack 1 a
    snapshot @two endpoints: a=2
    < EDS 2 a=2
    > EDS nack 2 "no" a
    `,
  );
  assert.deepEqual(requests, ["none", "one", "one"]);
});

test("no two statements have the same name, and each has a sentence", () => {
  const names = statements.map(({ variant, title, ids }) => `${variant} ${title} ${ids}`);
  assert.equal(new Set(names).size, names.length);
  for (const { title, ids } of statements) {
    assert.ok(title.length > 10);
    for (const id of ids) assert.match(id, /^P[1-9]\d?$/);
  }
});
