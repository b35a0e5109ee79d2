import type { TestContext } from "node:test";
import { type Address, GrpcServer, type GrpcServerOptions, type OpenHandler } from "../index.ts";

/** A server on a free port of the loopback that lives as long as the test. */
export async function serve(
  t: TestContext,
  methods: Readonly<Record<string, OpenHandler>>,
  options: GrpcServerOptions = {},
): Promise<{ server: GrpcServer; address: Address }> {
  const server = new GrpcServer(options);
  for (const [method, open] of Object.entries(methods)) server.handle(method, open);
  const address = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  return { server, address };
}

/** Answers each message with itself and ends when the client does. */
export const echo: OpenHandler = (call) => ({
  message: (bytes) => call.write({ chunks: [bytes], length: bytes.length }),
  end: () => call.end(),
});

/** Takes everything and says nothing. */
export const silent: OpenHandler = () => ({ message() {} });
