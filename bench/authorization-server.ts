// External authorization, and a method beside it that does nothing: for `authorization.ts`, which starts it.
// `node --conditions=chancery-source bench/authorization-server.ts policies.yaml`
import { readFile } from "node:fs/promises";
import { GrpcServer, unary } from "@chancery/xds/grpc";
import { AdmissionControl, authorizationHandlers } from "@chancery/xds/services";
import { parseDocuments } from "../packages/chancery/src/documents/parse.ts";
import { createLogger } from "../packages/chancery/src/logs.ts";
import { Authorizer } from "../packages/chancery/src/services/authorization/authorizer.ts";
import { toPolicies } from "../packages/chancery/src/services/authorization/policies.ts";
import { readAuthorization } from "../packages/chancery/src/services/authorization/read.ts";

const [file = ""] = process.argv.slice(2);
const parsed = parseDocuments(await readFile(file, "utf8"), { origin: file, format: "yaml" });
const { config, origins } = readAuthorization(parsed.ok ? parsed.documents : []);
if (config === undefined) throw new Error(`There are no policies in "${file}"`);
const log = createLogger(process.stderr, { level: "warn", format: "json" });
const authorizer = new Authorizer(log, { timeoutMs: 10_000 });
authorizer.use(toPolicies(config, { origins, cwd: process.cwd(), log }));

const server = new GrpcServer({ maxCallsPerPeer: 100_000 });
const nothing = new Uint8Array();
server.handle(
  "/bench.Empty/Call",
  unary(() => nothing),
);
// All that are made are to be measured, on a busy machine too.
const admission = new AdmissionControl({ maxDelayMs: 1_000 });
for (const { method, open, options } of authorizationHandlers(
  { check: (request) => authorizer.check(request) },
  { admission },
)) {
  server.handle(method, open, options);
}
const { host, port } = await server.listen({ host: "127.0.0.1", port: 0 });
console.log(`${host}:${port}`);
