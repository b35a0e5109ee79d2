import { once } from "node:events";
import type { ListenOptions, Server } from "node:net";

/** A small upstream that says its name and what it was asked. */
export interface Echo {
  readonly name: string;
  /** Zero when it listens on a socket file. */
  readonly port: number;
  close(): Promise<void>;
}

/** Lets a server listen on `{ host, port }` or, for a socket file, `{ path }`; `hangUp` ends its connections at the end. */
export async function toEcho(
  name: string,
  server: Server,
  { listen, hangUp }: { readonly listen: ListenOptions; hangUp(): void },
): Promise<Echo> {
  server.listen(listen);
  await once(server, "listening");
  const address = server.address();
  return {
    name,
    port: typeof address === "object" && address !== null ? address.port : 0,
    async close() {
      const closed = once(server, "close");
      server.close();
      hangUp();
      await closed;
    },
  };
}
