// The other side of crew.ts: imports the module that it is given and runs its functions when told to.
import type { Tasks } from "./crew.ts";

interface Order {
  readonly id: number;
  readonly name: string;
  readonly args: never[];
}

const tasks: Tasks = await import(process.argv[2] ?? "");

process.on("message", async ({ id, name, args }: Order) => {
  try {
    process.send?.({ id, value: await tasks[name]?.(...args) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.on("disconnect", () => process.exit());
