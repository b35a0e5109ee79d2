import type { TestContext } from "node:test";
import { promisify } from "node:util";
import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";

/** Starts a gRPC server on a free port that answers `/test.Echo/Name` with its name; it ends with the test. */
export async function startGrpcUpstream(t: TestContext, name: string): Promise<{ name: string; port: number }> {
  const server = new Server();
  const asIs = (bytes: Buffer) => bytes;
  const method = {
    path: "/test.Echo/Name",
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  };
  const implementation: UntypedServiceImplementation = {
    name: (_call: unknown, respond: (error: null, answer: Buffer) => void) => respond(null, Buffer.from(name)),
  };
  server.addService({ name: method }, implementation);
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
  t.after(() => server.forceShutdown());
  return { name, port };
}
