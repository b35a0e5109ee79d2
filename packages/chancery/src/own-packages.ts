// Preloaded, or imported first: modules that have no packages beside them, such as a file that stands alone, can import
// Chancery's all the same.
import { registerHooks } from "node:module";

/** What Chancery is imported by. */
export const ownPackages = /^(chancery|@chancery\/(xds|envoy-api))(\/|$)/;

registerHooks({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context);
    } catch (error) {
      if (!ownPackages.test(specifier)) throw error;
      return next(specifier, { ...context, parentURL: import.meta.url });
    }
  },
});
