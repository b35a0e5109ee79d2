import type { ListenerJson } from "@chancery/envoy-api/gen/envoy/config/listener/v3/listener_pb.js";
import { ensureEnvoy } from "../../bootstrap/envoy-binary.ts";
import { validateBootstrap } from "../../bootstrap/validate-bootstrap.ts";
import type { LocatedProblem } from "../../documents/document.ts";
import { locateItems } from "../../model/locate.ts";
import type { Item, ItemProblem } from "../../model/model.ts";
import type { Outcome } from "../../outcome.ts";
import type { Draft } from "../../translate/draft.ts";
import { toStaticBootstrap } from "../../translate/static-bootstrap.ts";
import type { FleetTranslation } from "../../translate/translator.ts";
import type { Io } from "../command.ts";

/** What Envoy itself says against what the fleets would get: the first thing of each fleet, at the object it came from. */
export async function checkWithEnvoy({ model, translation }: Outcome, io: Io): Promise<readonly LocatedProblem[]> {
  const report = (line: string) => io.stderr.write(`${line}\n`);
  const { path: binary } = await ensureEnvoy(io.env, { report, signal: io.signal });
  const problems: ItemProblem[] = [];
  for (const fleet of translation.fleets.values()) {
    const { bootstrap } = toStaticBootstrap(fleet, { controlPlane: anywhere });
    const reason = await validateBootstrap(bootstrap, { binary, signal: io.signal });
    if (reason !== undefined) problems.push(toProblem(fleet, reason));
  }
  return locateItems(model, problems);
}

/** Nothing is connected to it while Envoy only checks. */
const anywhere = { host: "127.0.0.1", port: 18000 };

function toProblem({ fleet, drafts }: FleetTranslation, reason: string): ItemProblem {
  const draft = findNamed([...drafts.values()], reason);
  const item: Item = draft?.from.findLast(({ kind }) => kind === "patches") ?? draft?.from[0] ?? fleet;
  const what = draft === undefined ? `fleet "${fleet.name}"` : `${draft.type} "${draft.name}" of fleet "${fleet.name}"`;
  return {
    item,
    problem: { severity: "error", code: "envoy-refuses", path: "", message: `Envoy refuses ${what}: ${reason}` },
  };
}

/**
 * The resource that the text is about: whose name stands in it, or the address of a listener; else the only one that has
 * something that the text quotes.
 */
function findNamed(drafts: readonly Draft[], text: string): Draft | undefined {
  const named = drafts.flatMap((draft) => {
    const found = [draft.name, ...addressesOf(draft)].map((name) => indexOfWord(text, name)).filter((at) => at >= 0);
    return found.length === 0 ? [] : [{ draft, at: Math.min(...found) }];
  });
  const [first] = named.sort((a, b) => a.at - b.at || b.draft.name.length - a.draft.name.length);
  return first?.draft ?? findQuoted(drafts, text);
}

function indexOfWord(text: string, word: string): number {
  return new RegExp(`(?<![\\w/.-])${RegExp.escape(word)}(?![\\w/-])`).exec(text)?.index ?? -1;
}

/** Envoy calls a listener by its address at times. */
function addressesOf({ type, json }: Draft): readonly string[] {
  if (type !== "listeners") return [];
  const { address, portValue } = (json as ListenerJson).address?.socketAddress ?? {};
  return address === undefined || portValue === undefined ? [] : [`${address}:${portValue}`];
}

function findQuoted(drafts: readonly Draft[], text: string): Draft | undefined {
  const quoted = [...text.matchAll(/(?<!\w)'([^']+)'|"([^"]+)"/g)].map(([, single, double]) => single ?? double ?? "");
  for (const word of quoted) {
    const [found, ...others] = drafts.filter(({ json }) => JSON.stringify(json).includes(JSON.stringify(word)));
    if (found !== undefined && others.length === 0) return found;
  }
  return undefined;
}
