import { test } from "node:test";
import { nameOf } from "../testing/statement.ts";
import { sotwStatements } from "../testing/statements/sotw.ts";
import { runInMemory } from "../testing/transcript.ts";

for (const statement of sotwStatements) {
  if (!statement.onlyOverNetwork) test(nameOf(statement), () => runInMemory(statement));
}
