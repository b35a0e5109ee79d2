import { test } from "node:test";
import { nameOf } from "../testing/statement.ts";
import { streamStatements } from "../testing/statements/streams.ts";
import { runInMemory } from "../testing/transcript.ts";

for (const statement of streamStatements) {
  if (!statement.onlyOverNetwork) test(nameOf(statement), () => runInMemory(statement));
}
