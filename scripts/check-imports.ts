// Checks that imports go one way: `node scripts/check-imports.ts`. Tests may import what they like.
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";

interface Rules {
  /** What may be imported besides `node:` modules, with everything below it; all, if left out. */
  readonly packages?: readonly string[];
  /** What each folder may import of the other folders named here. Folders that are not named are free. */
  readonly folders: Readonly<Record<string, readonly string[]>>;
  /** Files that put the folders together, so that no folder may import them. */
  readonly roots: readonly string[];
  /** Modules that only the listed folders may import. */
  readonly only: readonly { readonly modules: RegExp; readonly folders: readonly string[]; readonly why: string }[];
}

const pure = ["resource", "snapshot", "stream"];
const transports = ["http2", "grpc", "rest", "services"];

const packages: Readonly<Record<string, Rules>> = {
  "envoy-api": { packages: ["@bufbuild/protobuf"], folders: {}, roots: [], only: [] },
  xds: {
    packages: ["@chancery/envoy-api"],
    folders: {
      resource: [],
      snapshot: ["resource"],
      stream: ["resource", "snapshot"],
      discovery: pure,
      http2: [],
      grpc: ["http2"],
      rest: [...pure, "discovery"],
      services: [...pure, "discovery", "grpc"],
      testing: [...pure, "discovery", ...transports],
    },
    roots: ["index.ts", "server.ts"],
    only: [
      { modules: /^node:(http2?|https|net|tls|dgram)$/, folders: [...transports, "testing"], why: "transports" },
      {
        modules: /^node:(?!(crypto|buffer|util|zlib)$)/,
        folders: ["discovery", ...transports, "testing", ""],
        why: "I/O",
      },
    ],
  },
  chancery: {
    folders: {
      explain: [],
      compare: ["model", "translate"],
      graph: ["model", "translate"],
      import: ["model", "explain", "translate", "compare"],
      model: [],
      sources: ["model"],
      translate: ["model"],
      store: ["model"],
      admin: ["model", "explain", "compare"],
    },
    roots: ["index.ts"],
    only: [{ modules: /^@bufbuild\/(?!cel$)/, folders: ["translate"], why: "Envoy's messages" }],
  },
};

/** One import that breaks a rule, as a line that editors open: file, line, what it imports, the rule. */
export function checkImports(root: string): string[] {
  return Object.entries(packages).flatMap(([name, rules]) => {
    const source = join(root, "packages", name, "src");
    const files = globSync("**/*.ts", { cwd: source }).filter(
      (file) => !/\.test\.ts$|(^|[\\/])testdata[\\/]/.test(file),
    );
    return files.sort().flatMap((file) => {
      const place = relative(root, join(source, file)).split(sep).join("/");
      return importsOf(join(source, file)).flatMap(({ line, target }) => {
        const rule = brokenRule(rules, file, target);
        return rule === undefined ? [] : [`${place}:${line}: imports "${target}", but ${rule}`];
      });
    });
  });
}

function importsOf(path: string): { readonly line: number; readonly target: string }[] {
  const text = readFileSync(path, "utf8");
  const name = /["']([^"'\n]+)["']/.source;
  const statement = new RegExp(
    `^(?:import\\s[^;"']*?\\bfrom|import|export\\s[\\w\\s*]*(?:\\{[^}]*\\}\\s*)?from)\\s*${name}|\\bimport\\(\\s*${name}`,
    "gm",
  );
  return [...text.matchAll(statement)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length,
    target: match[1] ?? match[2] ?? "",
  }));
}

function brokenRule(rules: Rules, file: string, target: string): string | undefined {
  const folder = folderOf(file);
  if (target.startsWith(".")) return brokenEdge(rules, folder, normalize(join(dirname(file), target)));
  const owners = rules.only.find(({ modules, folders }) => modules.test(target) && !folders.includes(folder));
  if (owners) return `${owners.why}: only ${owners.folders.filter(Boolean).join("/, ")}/ may import it`;
  const known = rules.packages?.some((name) => target === name || target.startsWith(`${name}/`)) ?? true;
  if (known || target.startsWith("node:")) return undefined;
  return `its package imports only ${rules.packages?.join(", ")} and node:`;
}

function brokenEdge({ folders, roots }: Rules, from: string, target: string): string | undefined {
  const to = folderOf(target);
  const allowed = folders[from];
  if (from !== "" && roots.includes(target)) return `${target} puts the folders together and none imports it`;
  if (from === to || allowed === undefined || !(to in folders) || allowed.includes(to)) return undefined;
  return `${from}/ imports ${allowed.length === 0 ? "no other folder" : `only ${allowed.join("/, ")}/`}`;
}

function folderOf(file: string): string {
  return file.includes(sep) ? (file.split(sep)[0] ?? "") : "";
}

if (import.meta.main) {
  const found = checkImports(join(import.meta.dirname, ".."));
  for (const line of found) console.error(line);
  process.exitCode = found.length === 0 ? 0 : 1;
}
