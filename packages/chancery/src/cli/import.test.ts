import assert from "node:assert/strict";
import { copyFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { folderWith, runCommand } from "./testdata/run-command.ts";

const testdata = join(import.meta.dirname, "../import/testdata");

async function folderOf(t: Parameters<typeof folderWith>[0], name: string): Promise<string> {
  const cwd = await folderWith(t, {});
  await copyFile(join(testdata, `${name}.in.yaml`), join(cwd, "envoy.yaml"));
  return cwd;
}

test("import writes a model, says what became of names, and that it means the same", async (t) => {
  const cwd = await folderOf(t, "front-proxy");
  const { code, stdout, stderr } = await runCommand(["import", "envoy.yaml"], cwd);
  assert.equal(code, 0);
  assert.equal(parse(stdout).services["service-1"].endpoints, "service1:8080");
  assert.match(stderr, /^listener "listener_0" is public:8080$/m);
  assert.match(stderr, /^envoy\.yaml: admin: note stays in Envoy's own bootstrap/m);
  assert.match(stderr, /^Equal but for names: 3 of 3 listeners and clusters$/m);
});

test("what import writes is configuration without errors", async (t) => {
  const cwd = await folderOf(t, "front-proxy");
  assert.equal((await runCommand(["import", "envoy.yaml", "-o", "out/chancery.yaml"], cwd)).stdout, "");
  const { code, stdout } = await runCommand(["validate", "out"], cwd);
  assert.equal(code, 0, stdout);
});

test("without patches import lists what changes, and exits with 1", async (t) => {
  const cwd = await folderOf(t, "front-proxy");
  const { code, stdout, stderr } = await runCommand(["import", "envoy.yaml", "--plain"], cwd);
  assert.equal(code, 1);
  assert.doesNotMatch(stdout, /patches/);
  assert.match(stderr, /typed_config\.use_remote_address: true/);
  assert.match(stderr, /^Not equal: 2 of 3 listeners and clusters differ/m);
});

test("rules of which only a patch says what they match or do are named", async (t) => {
  const { stderr } = await runCommand(["import", "envoy.yaml"], await folderOf(t, "odd"));
  const notes = stderr.split("\n").filter((line) => line.includes("only a patch says"));
  assert.equal(notes.length, 1);
  assert.match(notes[0] ?? "", /virtual host "c", route 0: note some of what it matches on .* rule c#x matches more/);
  const routing = await runCommand(["import", "envoy.yaml"], await folderOf(t, "routing"));
  assert.match(
    routing.stderr,
    /what becomes of its requests only a patch says: rule tenant#all answers 501 without it/,
  );
  assert.match(routing.stdout, /^# .*rule tenant#all answers 501/m);
});

const tlsFile = `
static_resources:
  listeners:
    - name: tls
      address: { socket_address: { address: 127.0.0.1, port_value: 8443 } }
      filter_chains:
        - transport_socket:
            name: tls
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates:
                  - certificate_chain: { inline_string: "-----BEGIN CERTIFICATE-----" }
                    private_key: { inline_string: "-----BEGIN PRIVATE KEY-----" }
          filters:
            - name: tcp
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
                stat_prefix: db
                cluster: db
  clusters:
    - { name: db, load_assignment: { cluster_name: db } }
`;

test("a private key in the text is warned of, and written for its owner alone", async (t) => {
  const cwd = await folderWith(t, { "envoy.yaml": tlsFile });
  const { code, stderr } = await runCommand(["import", "envoy.yaml", "-o", "chancery.yaml"], cwd);
  assert.equal(code, 0);
  assert.match(stderr, /note certificate "certificate" has its private key in the text/);
  assert.equal((await stat(join(cwd, "chancery.yaml"))).mode & 0o777, 0o600);
  assert.match(await readFile(join(cwd, "chancery.yaml"), "utf8"), /certificate "certificate" has its private key/);
});

test("a key that a patch carries is written for its owner alone too, and shown to nobody as a difference", async (t) => {
  const protectedKey = tlsFile.replace(
    'PRIVATE KEY-----" }',
    'PRIVATE KEY-----" }\n                    password: { inline_string: hunter2 }',
  );
  const cwd = await folderWith(t, { "envoy.yaml": protectedKey });
  assert.equal((await runCommand(["import", "envoy.yaml", "-o", "chancery.yaml"], cwd)).code, 0);
  assert.match(await readFile(join(cwd, "chancery.yaml"), "utf8"), /hunter2/);
  assert.equal((await stat(join(cwd, "chancery.yaml"))).mode & 0o777, 0o600);
  const { stderr } = await runCommand(["import", "envoy.yaml", "--plain"], cwd);
  assert.doesNotMatch(stderr, /hunter2|BEGIN PRIVATE/);
});

test("a secret that no listener or cluster has in its place is a difference, and not silently lost", async (t) => {
  const secret = "{ secrets: [{ name: token, generic_secret: { secret: { filename: /etc/token } } }] }";
  const cwd = await folderWith(t, { "envoy.yaml": `static_resources: ${secret}` });
  const { code, stderr } = await runCommand(["import", "envoy.yaml"], cwd);
  assert.equal(code, 1);
  assert.match(stderr, /- secrets token/);
});

const mistakes: [args: string[], says: RegExp][] = [
  [[], /What is to be imported\? Name one file/],
  [["nothing.yaml"], /Cannot read "nothing\.yaml": there is no such file/],
  [["broken.yaml"], /broken\.yaml:1:\d+: [\s\S]*it is neither YAML nor JSON/],
  [["empty.yaml"], /Cannot import "empty\.yaml": there is nothing in it/],
  [["two.yaml"], /Cannot import "two\.yaml": it has to be one document/],
  [["model.yaml"], /Cannot import "model\.yaml": it is a model already/],
  [["folder"], /Cannot read "folder": it is a folder/],
  [["binary.yaml"], /Cannot read "binary\.yaml": it is not UTF-8 text/],
  [["wrong.yaml"], /static_resources\.clusters\[0\]: unknown field "conect_timeout"[\s\S]*Envoy would refuse it/],
];

for (const [args, says] of mistakes) {
  test(`"import ${args.join(" ")}" is a mistake`, async (t) => {
    const wrong = "static_resources: { clusters: [{ name: a, conect_timeout: 1s }] }";
    const cwd = await folderWith(t, {
      ...{ "broken.yaml": "a: [", "wrong.yaml": wrong, "empty.yaml": "# nothing\n", "model.yaml": "routes: {}\n" },
      ...{ "folder/a.yaml": "", "two.yaml": "a: 1\n---\nb: 1\n", "binary.yaml": Buffer.from([0xff, 0xfe, 0]) },
    });
    const { code, stderr } = await runCommand(["import", ...args], cwd);
    assert.equal(code, 2);
    assert.match(stderr, says);
  });
}
