import type { ListenerJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_pb.js";
import { ensureEnvoy } from "../../bootstrap/envoy-binary.ts";
import type { Request } from "../../explain/request.ts";
import { fleetOf } from "../../fleets/fleet-of.ts";
import { strangerWith } from "../../fleets/stranger.ts";
import type { Outcome } from "../../outcome.ts";
import type { FleetTranslation } from "../../translate/translator.ts";
import type { Io } from "../command.ts";
import { loadResources } from "../load-resources.ts";
import { takesConnections } from "./bootstrap.ts";
import type { TestCase } from "./case.ts";
import { compare } from "./compare.ts";
import { explanationOf, requestOf } from "./offline.ts";
import type { Tested, TestResult } from "./result.ts";
import { type RunningFleet, startFleet } from "./running-fleet.ts";
import { send } from "./send.ts";

/** Tests through a real Envoy for each fleet that has tests. */
export async function testWithEnvoy(
  cases: readonly TestCase[],
  configuration: readonly string[],
  io: Io,
): Promise<Tested> {
  const loaded = await loadResources(configuration, io.cwd);
  const report = (line: string) => io.stderr.write(`${line}\n`);
  const { path: binary } = await ensureEnvoy(io.env, { report, signal: io.signal });
  await using started = new AsyncDisposableStack();
  const running = new Map<FleetTranslation, RunningFleet>();
  const results: TestResult[] = [];
  for (const test of cases) {
    const startMs = performance.now();
    const outcome = await runCase(test);
    results.push({ case: test, outcome, ms: Math.round(performance.now() - startMs) });
  }
  return { results, problems: loaded.problems };

  async function runCase(test: TestCase): Promise<TestResult["outcome"]> {
    const fleet = chooseFleet(test, loaded.outcome);
    if (typeof fleet === "string") return { kind: "failed", failures: [{ field: "request", ...toChoice(fleet) }] };
    const request = requestOf(test);
    const why = unsendable(request);
    if (why !== undefined) return { kind: "skipped", why };
    let envoy = running.get(fleet);
    if (envoy === undefined) {
      envoy = started.use(await startFleet(fleet, { binary, signal: io.signal }));
      running.set(fleet, envoy);
    }
    const name = listenerFor(request, fleet);
    const port = name === undefined ? undefined : envoy.ports.get(name);
    const failures =
      port === undefined
        ? [{ field: "request", expected: "a listener", actual: `none on port ${request.port}` }]
        : compare(test.expect, await send(request, port, io.signal));
    if (failures.length === 0) return { kind: "passed" };
    const explanation = explanationOf(test, loaded);
    return { kind: "failed", failures, ...(explanation && { explanation }) };
  }
}

function toChoice(actual: string) {
  return { expected: "one fleet, since only those are run", actual };
}

/** The fleet that a test is about, or what there is in its place. */
function chooseFleet(
  { request: { node, fleet } }: TestCase,
  { model, translation }: Outcome,
): FleetTranslation | string {
  const { fleets } = translation;
  const names = [...fleets.keys()].map((name) => `fleet "${name}"`).join(", ") || "none";
  if (fleet !== undefined) return fleets.get(fleet) ?? names;
  if (node !== undefined) return fleets.get(fleetOf(model.fleets, strangerWith(node))?.name ?? "") ?? names;
  const [first, ...others] = fleets.values();
  return first === undefined || others.length > 0 ? names : first;
}

/** Why a request cannot be sent from here. */
function unsendable(request: Request): string | undefined {
  const { protocol, method, sourceIp, sourcePort, clientCertificate } = request;
  if (protocol !== "http1" && protocol !== "h2") return `only HTTP/1 and HTTP/2 are sent, not ${protocol}`;
  if (method === "CONNECT") return "CONNECT is not sent";
  if (sourceIp !== undefined || sourcePort !== undefined)
    return "requests come from this machine, so sourceIp means nothing";
  return clientCertificate === "none" ? undefined : "client certificates are not shown";
}

/** The listener on the port of the request, and on its address if it names one that a listener is bound to. */
function listenerFor({ port, destinationIp }: Request, { drafts }: FleetTranslation): string | undefined {
  const listeners = [...drafts.values()].flatMap(({ type, name, json }) => {
    const { socketAddress: at } = (json as ListenerJson).address ?? {};
    const isOn = type === "listeners" && takesConnections(json as ListenerJson) && at?.portValue === port;
    return isOn ? [{ name, address: at?.address }] : [];
  });
  return (listeners.find(({ address }) => address === destinationIp) ?? listeners[0])?.name;
}
