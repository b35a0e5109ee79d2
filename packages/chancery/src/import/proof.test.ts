// Whether the comparison sees what it has to see: a field is taken out of a file, and the file has to differ from what it was.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { type Json, objectIn } from "../explain/json.ts";
import { compareWithInput } from "./compare.ts";
import { importBootstrap } from "./import.ts";

const folder = join(import.meta.dirname, "testdata");

/** What labels something, or was Envoy's default in a file. */
const silent = ["name", "type", "idle_timeout", "interval", "stream_idle_timeout"];

/** Each test takes out one of so many fields: all would take minutes. */
const stride = 7;

describe("a field that is taken out of a file makes another model, which means what is left", () => {
  for (const file of globSync("*.in.yaml", { cwd: folder }).sort()) {
    test(basename(file, ".in.yaml"), () => {
      const whole = importBootstrap(parse(readFileSync(join(folder, file), "utf8")));
      assert(whole.ok);
      const { bootstrap } = whole;
      const places = [...placesIn(objectIn(bootstrap, "static_resources"))].filter((_, i) => i % stride === 0);
      let taken = 0;
      for (const place of places) {
        const less = importBootstrap({ ...bootstrap, static_resources: takeOut(bootstrap, place) });
        // Much is nothing that Envoy would take without the field.
        if (!less.ok) continue;
        taken++;
        const { differences } = compareWithInput(less.config, less);
        assert.deepEqual(differences, [], place.join("."));
        const isSeen: boolean = !isDeepStrictEqual(less.expected, whole.expected);
        assert.ok(isSeen || silent.includes(place.at(-1) ?? ""), `${place.join(".")} is not seen`);
      }
      assert.ok(taken > 3);
    });
  }
});

function* placesIn(value: unknown, place: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, content] of Object.entries(value)) {
    if (key === "@type") continue;
    yield [...place, key];
    yield* placesIn(content, [...place, key]);
  }
}

function takeOut(bootstrap: Json, [...place]: readonly string[]): unknown {
  const take = (value: unknown, [key = "", ...rest]: readonly string[]): unknown => {
    if (Array.isArray(value)) {
      return rest.length === 0
        ? value.toSpliced(Number(key), 1)
        : value.with(Number(key), take(value[Number(key)], rest));
    }
    const { [key]: content, ...others } = value as Readonly<Record<string, unknown>>;
    return rest.length === 0 ? others : { ...others, [key]: take(content, rest) };
  };
  return take(bootstrap.static_resources, place);
}
