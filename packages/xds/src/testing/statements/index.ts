import type { Statement } from "../statement.ts";
import { deltaStatements } from "./delta.ts";
import { nameStatements } from "./names.ts";
import { orderStatements } from "./order.ts";
import { sotwStatements } from "./sotw.ts";
import { streamStatements } from "./streams.ts";
import { ttlStatements } from "./ttl.ts";

/** All statements that can be shown as a conversation. */
export const statements: readonly Statement[] = [
  ...streamStatements,
  ...sotwStatements,
  ...deltaStatements,
  ...orderStatements,
  ...nameStatements,
  ...ttlStatements,
];
