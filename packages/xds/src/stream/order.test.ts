import { test } from "node:test";
import { nameOf } from "../testing/statement.ts";
import { orderStatements } from "../testing/statements/order.ts";
import { runInMemory } from "../testing/transcript.ts";

for (const statement of orderStatements) {
  if (!statement.onlyOverNetwork) test(nameOf(statement), () => runInMemory(statement));
}
