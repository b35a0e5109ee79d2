import { Names, toName } from "../names.ts";
import { type Authored, oneOrMore } from "../values.ts";
import type { Chain, ChainPlan } from "./chain.ts";

/** A gateway while it is filled. */
export interface GatewayDraft {
  readonly name: string;
  readonly settings: Authored;
  readonly listeners: Record<string, Authored>;
  readonly names: Names;
  /** Such as `tcp 8080`. */
  readonly ports: Set<string>;
}

export interface GatewayOptions {
  readonly settings: Authored;
  /** What it may be called, the best first. */
  readonly wanted: readonly string[];
  readonly port: string;
}

/** Gateways, filled with listeners: those together of which the same is said. */
export class Gateways {
  readonly #drafts = new Map<string, GatewayDraft>();
  readonly #names = new Names();

  /** The gateway of which this is said, and that does not have the port yet; a new one if there is none. */
  forPort({ settings, wanted, port }: GatewayOptions): GatewayDraft {
    // A port is used once within a gateway.
    let key = JSON.stringify(settings);
    while (this.#drafts.get(key)?.ports.has(port)) key += "+";
    const draft = this.#drafts.get(key) ?? this.#open(key, settings, wanted);
    draft.ports.add(port);
    return draft;
  }

  /** A gateway of its own. */
  alone(settings: Authored, wanted: readonly string[]): GatewayDraft {
    return this.#open(`alone ${this.#drafts.size}`, settings, wanted);
  }

  /** What is said of all, by name. */
  get contents(): ReadonlyMap<string, Authored> {
    const drafts = [...this.#drafts.values()];
    return new Map(drafts.map(({ name, settings, listeners }) => [name, { ...settings, listeners }]));
  }

  #open(key: string, settings: Authored, wanted: readonly string[]): GatewayDraft {
    const name = this.#names.take(...wanted);
    const draft = { name, settings, listeners: {}, names: new Names(), ports: new Set<string>() };
    this.#drafts.set(key, draft);
    return draft;
  }
}

/** Adds a listener for a chain, and returns its name: chains of TLS that say the same are one, which routes choose from. */
export function addListener(draft: GatewayDraft, content: Authored, { protocol, serverNames }: Chain): string {
  if (protocol === "TLS") {
    const text = JSON.stringify(content);
    const same = Object.entries(draft.listeners).find(([, other]) => JSON.stringify(other) === text);
    if (same !== undefined) return same[0];
  }
  const word = protocol.toLowerCase();
  const host = protocol === "HTTPS" ? toName(serverNames[0]) : undefined;
  const name = draft.names.take(word, host, `${word}-${String(content.port)}`);
  draft.listeners[name] = content;
  return name;
}

/** Where TLS is several listeners of one port, each says which server names it is for. */
export function sayServerNames({ listeners }: GatewayDraft, chains: readonly ChainPlan[]): void {
  const byListener = Map.groupBy(chains, ({ listener }) => listener);
  if (byListener.size < 2) return;
  for (const [name, own] of byListener) {
    const isForAll = own.some(({ serverNames }) => serverNames.length === 0);
    if (own[0]?.protocol !== "TLS" || isForAll) continue;
    listeners[name] = { ...listeners[name], hostnames: oneOrMore(own.flatMap(({ serverNames }) => serverNames)) };
  }
}
