import type { TestContext } from "node:test";
import { formatProblem, parseSnapshot, Snapshots, XdsServer } from "@chancery/xds";
import type { ServiceMethod } from "@chancery/xds/services";

/** A server made of the library, in this process: xDS, and services beside it on the same port. */
export interface Library {
  readonly xdsPort: number;
  readonly server: XdsServer;
  /** What a node gets from now on, as proto3 JSON by kind; `test-id` by default. */
  set(resources: Readonly<Record<string, readonly object[]>>, nodeId?: string): void;
}

/** Starts one, on a free port by default; it ends with the test. */
export async function startLibrary(
  t: TestContext,
  services: readonly ServiceMethod[],
  { port: wanted = 0 } = {},
): Promise<Library> {
  const snapshots = new Snapshots();
  const server = new XdsServer({ snapshots, grpc: { onError: (error) => t.diagnostic(`${error}`) } });
  for (const { method, open, options } of services) server.grpc.handle(method, open, options);
  const { port } = await server.listen({ host: "127.0.0.1", port: wanted });
  t.after(() => server.close());
  return {
    xdsPort: port,
    server,
    set(resources, nodeId = "test-id") {
      const parsed = parseSnapshot({ resources });
      if (!parsed.ok) throw new TypeError(parsed.problems.map(formatProblem).join("\n"));
      snapshots.set(nodeId, parsed.snapshot);
    },
  };
}
