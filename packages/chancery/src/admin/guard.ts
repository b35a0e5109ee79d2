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
  const hosts = isLoopback(options.host) ? new OwnHosts(options.allowedHosts) : undefined;
  app.addHook("onRequest", (request, _reply, done) => {
    if (request.routeOptions.config.callers === "programs") return done(refuseBrowser(request));
    done(hosts?.refuse(request) ?? refuseForeignOrigin(request));
  });
}

const reading: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** A browser says which page sends a request that is no GET, and no page can keep it from that. */
function refuseBrowser({ headers: { origin } }: FastifyRequest): HttpProblem | undefined {
  return origin === undefined ? undefined : new HttpProblem(403, `A page of "${origin}" must not ask what Envoys ask`);
}

/** The names that a server may be called by that only this machine can reach. */
class OwnHosts {
  readonly #allowed: readonly string[];
  /** The last header with one of them: the next one is mostly the same. */
  #last: string | undefined;

  constructor(allowed: readonly string[]) {
    this.#allowed = allowed.map((host) => host.toLowerCase());
  }

  refuse({ headers }: FastifyRequest): HttpProblem | undefined {
    if (headers.host !== undefined && headers.host === this.#last) return undefined;
    const host = hostnameOf(`http://${headers.host}`);
    if (host === undefined || !(isLoopback(host) || this.#allowed.includes(host))) {
      const detail = `This server is not "${headers.host}"; --allow-host adds a name that it may be called by`;
      return new HttpProblem(421, detail);
    }
    this.#last = headers.host;
    return undefined;
  }
}

function refuseForeignOrigin({ method, headers: { origin, host } }: FastifyRequest): HttpProblem | undefined {
  if (origin === undefined || reading.has(method)) return undefined;
  if (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()) return undefined;
  return new HttpProblem(403, `A page of "${origin}" must not change anything here`);
}

function hostnameOf(url: string): string | undefined {
  return URL.parse(url)?.hostname.replace(/^\[|\]$/g, "");
}
