import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const load = createRequire(import.meta.url);

/** `node:http`, of which an `import` reads every export, and so loads a client of WebSockets that takes two megabytes. */
export function http(): typeof import("node:http") {
  return load("node:http");
}

/** `yaml`, loaded when there is YAML to read or to write: most servers only ever get JSON. */
export function yaml(): typeof import("yaml") {
  return load("yaml");
}

/** `js-yaml`, loaded likewise: it says less about mistakes, and takes a fifth of the time. */
export function quickYaml(): typeof import("js-yaml") {
  // What `require` would find is compiled for engines that cannot copy objects, and takes half as long again. To find out
  // where it is takes as long as to read a short text.
  known ??= load(fileURLToPath(import.meta.resolve("js-yaml"))) as typeof import("js-yaml"); // as its name says
  return known;
}

let known: typeof import("js-yaml") | undefined;

/** `pino-pretty`, loaded when a person is to read the log. */
export function pinoPretty(): typeof import("pino-pretty") {
  return load("pino-pretty");
}

/** `@redis/client`, loaded when counts are kept in a Redis: it is as much code as all the rest. */
export function redisClient(): typeof import("@redis/client") {
  return load("@redis/client");
}

/** `jose`, loaded when there are tokens to verify. */
export function jose(): typeof import("jose") {
  return load("jose");
}

/** `@bufbuild/cel`, loaded when there is an expression. */
export function cel(): typeof import("@bufbuild/cel") {
  return load("@bufbuild/cel");
}

/** `@node-rs/bcrypt`, loaded when a password is checked that is hashed by it. */
export function bcrypt(): typeof import("@node-rs/bcrypt") {
  return load("@node-rs/bcrypt");
}
