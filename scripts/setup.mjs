// Makes a fresh clone ready to run: packages, generated code, build, and a real Envoy. Quick when nothing changed.
// Runs on whatever Node the machine has, so it is JavaScript without modern extras; all else runs on the Node that
// the packages bring along.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const programs = join(root, "node_modules", ".bin");
const stamp = join(root, "node_modules", ".cache", "chancery-installed");

const wanted = fingerprint();
if (read(stamp) !== wanted) {
  say("Installing packages");
  // --no-save: the lock file stays as it was committed, whatever npm's version.
  run(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--include=dev", "--include=optional"],
    process.env,
  );
  mkdirSync(join(stamp, ".."), { recursive: true });
  writeFileSync(stamp, wanted);
}

// The Node of the packages comes first from here on.
const env = Object.assign({}, process.env, { PATH: programs + delimiter + process.env.PATH });
if (read(join(root, "packages", "chancery", "dist", "index.js")) === undefined) say("Building");
run("npm", ["run", "--silent", "build"], env);
run(join(programs, "chancery"), ["envoy", "install"], env, ["ignore", "ignore", "inherit"]);

function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const name of ["package.json", "package-lock.json"]) hash.update(readFileSync(join(root, name)));
  return hash.digest("hex");
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function say(line) {
  process.stderr.write(`${line} …\n`);
}

function run(command, args, env, stdio = "inherit") {
  const { error, status, signal } = spawnSync(command, args, { cwd: root, env, stdio });
  if (error && error.code === "ENOENT" && command === "npm") {
    fail('Cannot set up: there is no "npm" on PATH. Install Node.js with npm (https://nodejs.org/en/download).');
  }
  if (error) fail(`Cannot run "${command}": ${error.message}`);
  if (signal) process.kill(process.pid, signal);
  if (status !== 0)
    fail(`Set-up stops here: "${[command, ...args].join(" ")}" ended with exit code ${status}.`, status);
}

function fail(message, code = 1) {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}
