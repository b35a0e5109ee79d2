import { test } from "node:test";
import { nameOf } from "../testing/statement.ts";
import { nameStatements } from "../testing/statements/names.ts";
import { runInMemory } from "../testing/transcript.ts";

for (const statement of nameStatements) {
  if (!statement.onlyOverNetwork) test(nameOf(statement), () => runInMemory(statement));
}
