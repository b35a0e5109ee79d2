import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem } from "@chancery/xds";
import fc from "fast-check";
import { toState } from "./compare/outcome.ts";
import type { Blocks } from "./documents/blocks.ts";
import { type Document, formatPlace } from "./documents/document.ts";
import { parseDocuments } from "./documents/parse.ts";
import type { Outcome } from "./outcome.ts";
import { Pipeline } from "./pipeline.ts";

const base = `fleets: { edge: { match: "*" } }
gateways:
  public: { listeners: { http: { protocol: HTTP, port: 80 }, tcp: { protocol: TCP, port: 81 } } }
`;

/** What stands in a section under a name. */
interface Piece {
  readonly section: "routes" | "services" | "policies";
  readonly name: string;
  readonly text: string;
}

const names = fc.constantFrom("a", "b", "c", "constructor");
const route = fc
  .tuple(names, names, names)
  .chain(([host, service, other]) =>
    fc.constantFrom(
      `{ parents: public/http, hosts: ${host}.test, to: ${service} }`,
      `\n    parents: public/http\n    hosts: [${host}.test, ${other}.test]\n    rules:\n      one: { match: { path: /x }, to: ${service} }\n      two: { match: { path: /x }, respond: { status: 204 } }`,
      `{ parents: public/http, order: precedence, hosts: ${host}.test, rules: { all: { to: ${service}, affinity: { cookie: c } } } }`,
      `{ parents: public/tcp, protocol: tcp, to: ${service} }`,
      `{ parents: public/none, to: ${service} }`,
      `{ parents: public/http, hots: x, to: ${service} }`,
      `{ parents: public/http, rules: { all: { to: ${service}, rewrite: { path: 1 } } } }`,
    ),
  );
const service = fc
  .tuple(names, fc.nat(9))
  .chain(([other, number]) =>
    fc.constantFrom(
      `{ endpoints: 10.0.0.${number}:80 }`,
      `\n    # of ${number}\n    endpoints: [10.0.0.1:80, 10.0.0.${number}:80]`,
      `{ endpoints: 10.0.0.${number}:80, failover: [${other}] }`,
      `{ endpoints: 10.0.0.${number}:80, loadBalancing: { policy: maglev } }`,
      `{ endpoints: [${number}] }`,
      "{ endpoints: 10.0.0.1:80, protocol: http2 } # fast",
    ),
  );
const policy = names.chain((name) =>
  fc.constantFrom(
    `{ targets: [route/${name}], rateLimit: { local: { requests: 10, per: second } } }`,
    "{ targets: [gateway/public], rateLimit: { local: { requests: 10, per: second } } }",
  ),
);
const pieceOf = (section: Piece["section"], text: fc.Arbitrary<string>) =>
  fc.record({ section: fc.constant(section), name: names, text });
const pieces = fc.oneof(
  { weight: 4, arbitrary: pieceOf("routes", route) },
  { weight: 4, arbitrary: pieceOf("services", service) },
  { weight: 1, arbitrary: pieceOf("policies", policy) },
);
const oddities = fc.constantFrom(
  ...[
    "# a comment\n",
    "\n",
    "  # a comment\n",
    "---\n",
    "routs:\n  a: 1\n",
    "  e: &e { endpoints: 10.0.0.1:80 }\n  f: *e\n",
  ],
  ...["  broken: {\n", "\t\n", "  A: {}\n", "      three: { to: a }\n", "node: n\nresources: {}\n"],
  "patches:\n  p: { target: { type: clusters, name: a }, operations: [{ op: add, path: /altStatName, value: x }] }\n",
);
const edits = fc.record({
  file: fc.nat(1),
  at: fc.nat(20),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("put" as const), piece: pieces }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("move" as const), to: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("odd" as const), text: oddities }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("crlf" as const, "json" as const, "same" as const) }) },
  ),
});
type Edit = typeof edits extends fc.Arbitrary<infer T> ? T : never;

test("whatever is changed in files, all of it is as if everything were read and made anew", async () => {
  let good = 0;
  const property = fc.asyncProperty(
    fc.array(pieces, { maxLength: 8 }),
    fc.array(edits, { maxLength: 12 }),
    async (first, changes) => {
      using following = new Pipeline();
      using forgetful = new Pipeline();
      const reader = new Reader();
      let texts: Files = [first.reduce<File>((file, piece) => put(file, piece, 0), []), []];
      for (const change of [undefined, ...changes]) {
        if (change !== undefined) texts = edit(texts, change);
        const written = texts.map((pieces, index) => toText(index === 0 ? base : "", pieces, { index, change }));
        const followed = await following.run(reader.read(written));
        // The same history, since what was last good counts; but each time read as if nothing were known.
        const anew = await forgetful.run(new Reader(reader.good).read(written).map(asStranger));
        assert.deepEqual(describe(followed), describe(anew));
        // Of what is wrong by itself something is remembered.
        if (followed.model.problems.length > 0) continue;
        using fresh = new Pipeline();
        assert.deepEqual(describe(followed), describe(await fresh.run(new Reader(reader.good).read(written))));
        good++;
      }
    },
  );
  await fc.assert(property, { numRuns: 150 });
  assert(good > 30, `only ${good} states without a mistake`);
});

/** Reads files as a source does: one that is broken keeps what was last good of it. */
class Reader {
  readonly good: (readonly Document[])[];
  readonly #blocks: (Blocks | undefined)[] = [];

  constructor(good: readonly (readonly Document[])[] = []) {
    this.good = [...good];
  }

  read(texts: readonly string[]): Document[] {
    return texts.flatMap((text, index) => {
      const origin = `${index}.yaml`;
      const parsed = parseDocuments(text, { origin, format: "yaml", blocks: this.#blocks[index] });
      if (parsed.ok) {
        this.good[index] = parsed.documents;
        this.#blocks[index] = parsed.blocks;
      }
      return this.good[index] ?? [];
    });
  }
}

/** A document that says nothing of how it may be compared with another one, and shares nothing with it. */
function asStranger(document: Document): Document {
  const { origin, content } = document;
  return { origin, content: structuredClone(content), positions: () => document.positions() };
}

type File = readonly Piece[];
type Files = readonly File[];

function edit(files: Files, { file, at, what }: Edit): Files {
  const pieces = files[file] ?? [];
  const piece = pieces[at % (pieces.length + 1)];
  if (what.kind === "put") return files.with(file, put(pieces, what.piece, at));
  if (piece === undefined || (what.kind !== "remove" && what.kind !== "move")) return files;
  const without = files.with(
    file,
    pieces.filter((other) => other !== piece),
  );
  // It may come to where it is wrong: to a file that has one of that name.
  return what.kind === "move" ? without.with(what.to % 2, put(without[what.to % 2] ?? [], piece, what.to)) : without;
}

function put(pieces: File, piece: Piece, at: number): File {
  const others = pieces.filter(({ section, name }) => section !== piece.section || name !== piece.name);
  const before = pieces.findIndex(({ section, name }) => section === piece.section && name === piece.name);
  return others.toSpliced(before === -1 ? at % (others.length + 1) : before, 0, piece);
}

function toText(head: string, pieces: File, { index, change }: { index: number; change: Edit | undefined }): string {
  const sections = [...Map.groupBy(pieces, ({ section }) => section)].map(
    ([section, list]) => `${section}:\n${list.map(({ name, text }) => `  ${name}: ${text}\n`).join("")}`,
  );
  const text = `${head}${sections.join("")}`;
  if (change === undefined || change.file !== index) return text;
  const { what, at } = change;
  if (what.kind === "crlf") return text.replaceAll("\n", "\r\n");
  if (what.kind === "odd") {
    const lines = text.split(/(?<=\n)/);
    return lines.toSpliced(at % (lines.length + 1), 0, what.text).join("");
  }
  const parsed = what.kind === "json" ? parseDocuments(text, { origin: "", format: "yaml" }) : undefined;
  const [document] = parsed?.ok ? parsed.documents : [];
  return document === undefined ? text : JSON.stringify(document.content, null, 1);
}

function describe(outcome: Outcome) {
  const { objects, groups } = toState(outcome);
  const problems = outcome.problems.map(
    (problem) => `${formatPlace(problem.origin, problem.position)} ${problem.severity}: ${formatProblem(problem)}`,
  );
  return { objects, groups, problems };
}
