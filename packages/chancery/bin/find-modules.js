import { registerHooks } from "node:module";

/** What packages load for what is not asked of them here, and what they get in its place: 4 MB of a server's memory. */
const leftOut = [
  // Fastify could serve HTTPS and HTTP/2.
  { by: "/fastify/lib/server.js", asked: "node:https", given: "node:http" },
  { by: "/fastify/lib/server.js", asked: "node:http2", given: "node:http" },
  // Zod could say what is wrong in fifty languages.
  { by: "/zod/v4/core/index.js", asked: "../locales/index.js", given: "../locales/en.js" },
  { by: "/zod/v4/classic/external.js", asked: "../locales/index.js", given: "../locales/en.js" },
];

/** Where Chancery's own code is. To look there for each of four hundred modules takes a twelfth of the start. */
const own = ["../dist/index.js", "@chancery/xds", "@chancery/envoy-api"].map((name) => {
  return new URL("./", import.meta.resolve(name)).href;
});

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = "" } = context;
    if (/^\..*\.js$/.test(specifier) && own.some((folder) => parentURL.startsWith(folder))) {
      return { url: new URL(specifier, parentURL).href, format: "module", shortCircuit: true };
    }
    const found = leftOut.find(({ by, asked }) => asked === specifier && parentURL.endsWith(by));
    return next(found?.given ?? specifier, context);
  },
});
