import type { Blast } from "../../compare/blast.ts";
import { escapeControls } from "../../text-safety.ts";
import type { Paint } from "../color.ts";
import type { Move } from "./moves.ts";

/** So many names of nodes are written; of more, how many there are. */
const maxNames = 5;

/** Whom a change reaches, and what it does there. */
export function formatBlast(blast: readonly Blast[], moves: readonly Move[], paint: Paint): string {
  const lines = [
    paint("bold", "Blast radius"),
    ...blast.flatMap((each) => formatGroup(each, paint)),
    ...moves.map(({ node, from, to }) => {
      return `  ${paint("yellow", "!")} node ${quote(node)} moves from ${fleet(from)} to ${fleet(to)}`;
    }),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function formatGroup(blast: Blast, paint: Paint): readonly string[] {
  const { kind, name, nodes, bytes, bytesPerNode, drains, rewarmed } = blast;
  const { sotw, delta } = bytesPerNode;
  const reached = nodes.length === 0 ? "no node is connected" : `${count(nodes.length, "node")}: ${listing(nodes)}`;
  return [
    `  ${kind} ${quote(name)}: ${reached}`,
    `    each is sent ${size(delta)} (delta) or ${size(sotw)} (SotW)${nodes.length === 0 ? "" : `; ${size(bytes)} in all`}`,
    ...drains.map(({ listener, effect }) => {
      const what =
        effect.kind === "all"
          ? `all connections, since ${effect.why}`
          : `the connections of filter chain${effect.chains.length === 1 ? "" : "s"} ${listing(effect.chains)}`;
      return `    ${paint("red", "!")} listener ${quote(listener)} drains ${escapeControls(what)}`;
    }),
    ...(drains.length === 0 ? ["    no connection of a client drains"] : []),
    ...(rewarmed.length === 0
      ? []
      : [`    ${paint("yellow", "!")} warmed again, with new connections: ${listing(rewarmed)}`]),
  ];
}

function fleet(name: string | undefined): string {
  return name === undefined ? "no fleet" : `fleet ${quote(name)}`;
}

function listing(names: readonly string[]): string {
  const more = names.length - maxNames;
  const shown = names.slice(0, maxNames).map(escapeControls).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function quote(name: string): string {
  return `"${escapeControls(name)}"`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function size(bytes: number): string {
  if (bytes < 10_000) return `${bytes} bytes`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1024)} KiB` : `${Math.round(bytes / 1024 / 1024)} MiB`;
}
