// Preloaded, or imported first: modules that have no packages beside them, such as a file that stands alone, can import
// Chancery's all the same.
import { registerHooks } from "node:module";

const names = /^(chancery|@chancery\/(xds|envoy-api))(\/|$)/;

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!names.test(specifier)) throw error;
      return next(specifier, { ...context, parentURL: import.meta.url });
    }
  },
});
