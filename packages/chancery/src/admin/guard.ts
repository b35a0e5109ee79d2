import type { FastifyInstance, FastifyRequest } from "fastify";
import { isLoopback } from "../address.ts";
import { HttpProblem } from "./http-problem.ts";

export interface GuardOptions {
  /** The host that the server is bound to. */
  readonly host: string;
  /** Other names that it may be called by. */
  readonly allowedHosts: readonly string[];
}

/**
 * Keeps web pages out that a browser on this machine has open. A page whose own name was made to point to 127.0.0.1
 * (DNS rebinding) is known by the Host header, one that writes across origins by the Origin header.
 */
export function addGuard(app: FastifyInstance, options: GuardOptions): void {
  const allowed = options.allowedHosts.map((host) => host.toLowerCase());
  app.addHook("onRequest", async (request) => {
    if (isLoopback(options.host)) refuseForeignHost(request, allowed);
    if (!["GET", "HEAD", "OPTIONS"].includes(request.method)) refuseForeignOrigin(request);
  });
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
