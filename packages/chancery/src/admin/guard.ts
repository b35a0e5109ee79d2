import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../address.ts";
import { HttpProblem } from "./http-problem.ts";

export interface GuardOptions {
  /** The host that the server is bound to. */
  readonly host: string;
  /** Other names that it may be called by. */
  readonly allowedHosts: readonly string[];
}

declare module "fastify" {
  interface FastifyContextConfig {
    /**
     * `programs` for what Envoys call: they may name any host, as Envoy names its cluster, but must not be a browser.
     * By default anyone may call, a page of this server too.
     */
    readonly callers?: "programs";
  }
}

/**
 * Keeps web pages out that a browser on this machine has open. A page whose own name was made to point to 127.0.0.1
 * (DNS rebinding) is known by the Host header, one that writes across origins by the Origin header.
 */
export function addGuard(app: FastifyInstance, options: GuardOptions): void {
  const allowed = options.allowedHosts.map((host) => host.toLowerCase());
  app.addHook("onRequest", async (request) => {
    if (request.routeOptions.config.callers === "programs") return refuseBrowser(request);
    if (isLoopback(options.host)) refuseForeignHost(request, allowed);
    if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) refuseForeignOrigin(request);
  });
}

/** A browser says which page sends a request that is no GET, and no page can keep it from that. */
function refuseBrowser({ headers: { origin } }: FastifyRequest): void {
  if (origin !== undefined) throw new HttpProblem(403, `A page of "${origin}" must not ask what Envoys ask`);
}

function refuseForeignHost(request: FastifyRequest, allowed: readonly string[]): void {
  const host = hostnameOf(`http://${request.headers.host}`);
  if (host !== undefined && (isLoopback(host) || allowed.includes(host))) return;
  const detail = `This server is not "${request.headers.host}"; --allow-host adds a name that it may be called by`;
  throw new HttpProblem(421, detail);
}

function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  if (origin === undefined) return;
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return;
  throw new HttpProblem(403, `A page of "${origin}" must not change anything here`);
}

function hostnameOf(url: string): string | undefined {
  return URL.parse(url)?.hostname.replace(/^\[|\]$/g, "");
}
