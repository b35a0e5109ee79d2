import type { Item, Model } from "../model/model.ts";
import type { Destination, Rule } from "../model/route.ts";
import { attachmentsOf } from "../translate/gateway/attached.ts";
import { endpointsOf } from "../translate/service/load-assignment.ts";
import { Flowchart } from "./mermaid.ts";
import { summarizeAnswer, summarizeMatch } from "./rule.ts";

export interface GraphOptions {
  /** The fleets to draw; all by default. */
  readonly fleets?: readonly string[];
  /** How many endpoints of a service are drawn; of more, how many there are. Default: 8. */
  readonly maxEndpoints?: number;
}

/** Draws how requests go through a model, a frame for each fleet: gateways, listeners, rules, services, endpoints. */
export function toGraph(model: Model, options: GraphOptions = {}): string {
  const { fleets = [...model.fleets.keys()], maxEndpoints = 8 } = options;
  const chart = new Flowchart();
  for (const name of fleets) {
    const fleet = model.fleets.get(name);
    if (fleet === undefined) continue;
    chart.group(`Fleet ${name}`, () => drawFleet(fleet, { model, chart, maxEndpoints, fleet: name }));
  }
  return chart.toString();
}

interface Context {
  readonly model: Model;
  readonly chart: Flowchart;
  readonly maxEndpoints: number;
  /** Each fleet has its own nodes. */
  readonly fleet: string;
}

function drawFleet({ value }: Item<"fleets">, context: Context): void {
  for (const name of value.gateways ?? context.model.gateways.keys()) {
    const gateway = context.model.gateways.get(name);
    if (gateway !== undefined) drawGateway(gateway, context);
  }
}

function drawGateway(gateway: Item<"gateways">, context: Context): void {
  const { chart, fleet, model } = context;
  const from = chart.node(`${fleet} gateway ${gateway.name}`, "stadium", ["Gateway", gateway.name]);
  const listeners = new Map(
    Object.entries(gateway.value.listeners).map(([name, { protocol, port, hostnames = [] }]) => {
      const lines = [name, `${protocol} ${port}`, ...(hostnames.length > 0 ? [hostnames.join(", ")] : [])];
      const id = chart.node(`${fleet} listener ${gateway.name}/${name}`, "hexagon", lines);
      chart.edge(from, id);
      return [name, id];
    }),
  );
  for (const route of model.routes.values()) {
    for (const { listener, hosts } of attachmentsOf(gateway, route.value)) {
      const id = listeners.get(listener);
      if (id !== undefined) drawRoute(route, { ...context, listener: id, hosts: hosts.join(", ") });
    }
  }
}

interface Attachment extends Context {
  readonly listener: string;
  readonly hosts: string;
}

function drawRoute({ name, value }: Item<"routes">, attachment: Attachment): void {
  const { chart, fleet, listener, hosts } = attachment;
  if ("to" in value) {
    const route = chart.node(`${fleet} route ${name}`, "box", [name]);
    chart.edge(listener, route, hosts);
    drawDestinations(route, value.to, attachment);
    return;
  }
  for (const [ruleName, rule] of Object.entries(value.rules)) {
    drawRule(`${name}#${ruleName}`, rule, attachment);
  }
}

function drawRule(name: string, rule: Rule, attachment: Attachment): void {
  const { chart, fleet, listener, hosts } = attachment;
  const answer = summarizeAnswer(rule);
  const lines = [name, summarizeMatch(rule), ...(answer === undefined ? [] : [answer])];
  const id = chart.node(`${fleet} rule ${name}`, "box", lines);
  chart.edge(listener, id, hosts);
  drawDestinations(id, rule.to ?? [], attachment);
  for (const { service } of rule.mirror ?? []) {
    const to = drawService(service, attachment);
    if (to !== undefined) chart.dotted(id, to, "mirror");
  }
}

function drawDestinations(from: string, destinations: readonly Destination[], context: Context): void {
  const total = destinations.reduce((sum, { weight = 1 }) => sum + weight, 0);
  for (const { service, weight = 1 } of destinations) {
    const to = drawService(service, context);
    if (to === undefined) continue;
    const share = total === 0 ? 0 : Math.round((weight / total) * 1000) / 10;
    context.chart.edge(from, to, destinations.length === 1 ? "" : `${share}%`);
  }
}

/** Undefined for one that there is not. */
function drawService(name: string, context: Context): string | undefined {
  const { model, chart, fleet, maxEndpoints } = context;
  const service = model.services.get(name);
  if (service === undefined) return undefined;
  const key = `${fleet} service ${name}`;
  const isDrawn = chart.has(key);
  const id = chart.node(key, "round", ["Service", name]);
  if (isDrawn) return id;
  const endpoints = service.value.endpoints === "dynamic" ? ["any host"] : endpointsOf(service.value).map(toText);
  const shown = endpoints.slice(0, maxEndpoints);
  const more = endpoints.length - shown.length;
  for (const text of [...shown, ...(more > 0 ? [`${more} more`] : [])]) {
    chart.edge(id, chart.node(`${fleet} endpoint ${name} ${text}`, "cylinder", [text]));
  }
  for (const other of service.value.failover ?? []) {
    const to = drawService(other, context);
    if (to !== undefined) chart.dotted(id, to, "failover");
  }
  return id;
}

function toText(endpoint: ReturnType<typeof endpointsOf>[number]): string {
  if (endpoint.kind === "unix") return `unix:${endpoint.path}`;
  const { host, port } = endpoint;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
