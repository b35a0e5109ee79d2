import { test } from "node:test";
import { nameOf } from "../testing/statement.ts";
import { ttlStatements } from "../testing/statements/ttl.ts";
import { runInMemory } from "../testing/transcript.ts";

for (const statement of ttlStatements) {
  if (!statement.onlyOverNetwork) test(nameOf(statement), () => runInMemory(statement));
}
