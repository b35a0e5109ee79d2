// What has to hold for every model, whatever it says.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { type Snapshot, snapshotToJson } from "@chancery/xds";
import { parse, stringify } from "yaml";
import { bootstrapToText } from "../../../packages/chancery/src/cli/translate/bootstrap-text.ts";
import { diffStates, isSame } from "../../../packages/chancery/src/compare/diff.ts";
import { toState } from "../../../packages/chancery/src/compare/outcome.ts";
import type { Document, LocatedProblem } from "../../../packages/chancery/src/documents/document.ts";
import { parseDocuments } from "../../../packages/chancery/src/documents/parse.ts";
import { explain } from "../../../packages/chancery/src/explain/explain.ts";
import { readRequest } from "../../../packages/chancery/src/explain/request.ts";
import { toGraph } from "../../../packages/chancery/src/graph/graph.ts";
import { compareWithInput } from "../../../packages/chancery/src/import/compare.ts";
import { importBootstrap } from "../../../packages/chancery/src/import/import.ts";
import { isRecord } from "../../../packages/chancery/src/is-record.ts";
import type { Outcome } from "../../../packages/chancery/src/outcome.ts";
import { Pipeline } from "../../../packages/chancery/src/pipeline.ts";
import { toFilesystem } from "../../../packages/chancery/src/translate/filesystem.ts";
import { toStaticBootstrap } from "../../../packages/chancery/src/translate/static-bootstrap.ts";
import type { FleetTranslation } from "../../../packages/chancery/src/translate/translator.ts";
import type { Written } from "./model-arbitrary.ts";
import { certificateFolder, pems } from "./model-values.ts";

export function newPipeline(): Pipeline {
  return new Pipeline({ cwd: certificateFolder });
}

export function toDocuments(model: Written): readonly Document[] {
  const text = stringify(model, { aliasDuplicateObjects: false, lineWidth: 0 });
  const parsed = parseDocuments(text, { origin: "model.yaml", format: "yaml" });
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.documents;
}

/** Everything that is wrong says what it is, where, and in words of this project. */
export function checkProblems({ problems }: Outcome): void {
  for (const problem of problems) {
    const text = JSON.stringify(problem);
    assert.match(problem.path, /^[a-z]+\.[a-z]/, text);
    assert.notEqual(problem.code, "", text);
    assert.ok(problem.position !== undefined, text);
    assert.ok(
      problem.message.length > 3 &&
        !/^Invalid|expected .* received|undefined|\[object|native code/i.test(problem.message),
      text,
    );
  }
}

/** What fleets are served. */
export function contentOf({ translation }: Outcome): object {
  return Object.fromEntries([...translation.fleets].map(([name, { snapshot }]) => [name, resourcesIn(snapshot)]));
}

/** By type; of a type that had some before, none are the same as of one that never had any. */
function resourcesIn(snapshot: Snapshot): object {
  return Object.fromEntries(Object.entries(snapshotToJson(snapshot).resources).filter(([, list]) => list.length > 0));
}

/** What is wrong, and where. */
export function problemsOf({ problems }: Outcome): readonly string[] {
  return problems.map(({ code, path, message }) => `${code} ${path}: ${message}`).sort();
}

/** A model without the objects of which something else would stay, if it had been there before. */
export async function withoutStanding(model: Written): Promise<Written> {
  using pipeline = newPipeline();
  const { problems } = await pipeline.run(toDocuments(model));
  const out = new Set(problems.filter(isStanding).map(({ path }) => path.split(/[.[]/, 2).join(".")));
  if (out.size === 0) return model;
  const kept = Object.entries(model).map(([kind, objects]) => [
    kind,
    Object.fromEntries(Object.entries(objects).filter(([name]) => !out.has(`${kind}.${name}`))),
  ]);
  return withoutStanding(Object.fromEntries(kept));
}

/** Whether a problem is of those for which what was good last stays. */
function isStanding({ code, severity, path }: LocatedProblem): boolean {
  if (severity === "warning") return false;
  if (/^(certificates|fleets)\./.test(path)) return true;
  return [...unreadable, "port-conflict", "wrong-certificate-kind"].includes(code);
}

const unreadable: readonly string[] = ["wrong-type", "wrong-value", "unknown-field", "not-encodable"];

/** What differs is said as data, and that something differs at all. */
export function checkDiff(before: Outcome, after: Outcome): void {
  const [old, now] = [toState(before), toState(after)];
  const diff = diffStates(old, now);
  assert.doesNotThrow(() => structuredClone(diff));
  assert.equal(isSame(diff), isDeepStrictEqual(old, now));
  assert(isSame(diffStates(now, now)));
}

/** What is made of a model beside what is served. */
export function exportAll({ model, translation }: Outcome): void {
  toGraph(model);
  for (const fleet of translation.fleets.values()) {
    snapshotToJson(fleet.snapshot, { redact: true });
    toFilesystem(fleet, { root: "/etc/envoy" });
    for (const request of requests) {
      assert.doesNotMatch(JSON.stringify(explain(fleet.snapshot, request)), /native code/);
    }
    toText(fleet);
  }
}

const requests = [
  "http://shop.example.com:8080/api/x?y=1",
  "http://10.0.0.1:9000/",
  "https://a.b.c.d.example.com:8443/api",
  "tls://shop.example.com:8443",
  "tcp://10.0.0.1:8080",
  "udp://10.0.0.1:9000",
].map((url) => {
  const read = readRequest({ url, headers: [["x-team", "alpha"]], sourceIp: "10.1.2.3" });
  assert(read.ok);
  return read.request;
});

function toText(fleet: FleetTranslation): string {
  return bootstrapToText(toStaticBootstrap(fleet).bootstrap, { format: "json", redact: false });
}

/** What Envoy says of what a fleet is translated to; undefined if it takes it. */
export async function refusalOf(envoy: string, fleet: FleetTranslation): Promise<string | undefined> {
  const scratch = await mkdtemp(join(tmpdir(), "chancery-model-"));
  try {
    const file = join(scratch, "envoy.json");
    await writeFile(file, withSecrets(toText(fleet)));
    await promisify(execFile)(envoy, ["--mode", "validate", "-c", file, "--disable-hot-restart", "-l", "error"], {
      timeout: 20_000,
    });
    return undefined;
  } catch (error) {
    return String((error as { stderr?: string }).stderr || error);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

/** With something in the place of certificates that are missing, which is a problem already: a control plane would leave that listener waiting. */
function withSecrets(text: string): string {
  // What is on Envoy's machine is not here.
  const bootstrap = JSON.parse(text, (key, value) =>
    key === "trusted_ca" && "filename" in value ? { inline_string: pems[2] } : value,
  );
  const names = new Set<string>(bootstrap.static_resources.secrets?.map(({ name }: { name: string }) => name));
  const more: object[] = [];
  JSON.stringify(bootstrap, (_, value) => {
    const name: unknown = isSecretConfig(value) ? value?.name : undefined;
    if (typeof name !== "string" || names.has(name)) return value;
    names.add(name);
    const [certificate, privateKey, ca] = pems;
    const content = name.startsWith("ca/")
      ? { validation_context: { trusted_ca: { inline_string: ca } } }
      : {
          tls_certificate: {
            certificate_chain: { inline_string: certificate },
            private_key: { inline_string: privateKey },
          },
        };
    more.push({ name, ...content });
    return value;
  });
  bootstrap.static_resources.secrets = [...(bootstrap.static_resources.secrets ?? []), ...more];
  return JSON.stringify(bootstrap);
}

function isSecretConfig(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 1 && /^(cert|ca)\//.test(String(value.name));
}

/** What is exported can be imported, and means the same. */
export function checkImport(fleet: FleetTranslation): void {
  const imported = importBootstrap(parse(toText(fleet)));
  assert(imported.ok, JSON.stringify(imported));
  const { differences, problems } = compareWithInput(
    parse(stringify(imported.config, { aliasDuplicateObjects: false, lineWidth: 0 })),
    imported,
  );
  // What an Envoy does that nobody would want, such as to redirect in a circle, is still a mistake.
  assert.deepEqual(
    problems.filter(({ code }) => unreadable.includes(code) || code.startsWith("patch")),
    [],
  );
  assert.deepEqual(differences, []);
}
