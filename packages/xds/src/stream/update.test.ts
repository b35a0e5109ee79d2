import { test } from "node:test";
import { runTranscript } from "../testing/transcript.ts";

test("sotw: who goes from a name to the wildcard and back hears that what it had meanwhile went away", async () => {
  await runTranscript(
    "sotw",
    `
    snapshot clusters: a=1
    > CDS a
    < CDS 1 a=1
    snapshot
    > CDS *
    < nothing
    > CDS ack 1 a
    < CDS 2
    `,
  );
});
