import { test } from "node:test";
import { nameOf } from "../testing/statement.ts";
import { deltaStatements } from "../testing/statements/delta.ts";
import { runInMemory } from "../testing/transcript.ts";

for (const statement of deltaStatements) {
  if (!statement.onlyOverNetwork) test(nameOf(statement), () => runInMemory(statement));
}
