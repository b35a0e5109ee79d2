// External processing, and methods beside it that do nothing: for `external-processing.ts`, which starts it.
import { GrpcServer, toFrame, unary } from "@chancery/xds/grpc";
import { AdmissionControl, externalProcessorHandlers, type RequestProcessor } from "@chancery/xds/services";

const server = new GrpcServer({ maxCallsPerPeer: 100_000 });
const nothing = new Uint8Array();
// All that are made are to be measured, on a busy machine too.
const admission = new AdmissionControl({ maxDelayMs: 1_000 });
server.handle(
  "/bench.Empty/Call",
  unary(() => nothing),
  { admission },
);
server.handle(
  "/bench.Empty/Stream",
  (call) => ({ message: () => call.write(toFrame(nothing)), end: () => call.end() }),
  { admission },
);
const processors: Readonly<Record<string, RequestProcessor>> = {
  pass: {},
  change: {
    requestHeaders: (message) => ({
      headers: [{ name: "x-tier", value: message.get("x-api-key") === undefined ? "free" : "paid" }],
      headersToRemove: ["x-debug"],
    }),
  },
};
for (const [name, processor] of Object.entries(processors)) {
  for (const { open } of externalProcessorHandlers({ process: () => processor })) {
    server.handle(`/bench.Processing/${name}`, open, { admission });
  }
}
const { host, port } = await server.listen({ host: "127.0.0.1", port: 0 });
console.log(`${host}:${port}`);
