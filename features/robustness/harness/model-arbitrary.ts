// Models that a person might write, made from the schemas of the kinds: every field of each is reached.
import fc from "fast-check";
import { z } from "zod";
import { isRecord } from "../../../packages/chancery/src/is-record.ts";
import { type Kind, type KindKey, kinds } from "../../../packages/chancery/src/model/kinds.ts";
import { name, reference } from "../../../packages/chancery/src/model/values.ts";
import { isValid, lookInto, type Schema } from "./model-fields.ts";
import { inherited, likely, names, numbers, others, texts } from "./model-values.ts";

/** What stands in a document: objects by kind and name. */
export type Written = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** An object of a kind: mostly one that its schema takes. */
export function arbitraryObject(kind: Kind): fc.Arbitrary<unknown> {
  const whole = arbitraryOf(lookInto(kind.schema));
  const { parts } = kind;
  if (parts === undefined) return whole;
  const byName = fc.dictionary(fc.constantFrom(...names), arbitraryOf(lookInto(parts.schema)), {
    minKeys: 1,
    maxKeys: 3,
  });
  // What has its parts by name has none of their fields itself, which is seldom so by chance.
  const withParts = fc.tuple(whole, byName).map(([object, content]) => {
    const own = parts.schema instanceof z.ZodObject ? Object.keys(parts.schema.shape) : [];
    const others = Object.entries(isRecord(object) ? object : {}).filter(([key]) => !own.includes(key));
    const composed = { ...Object.fromEntries(others), [parts.key]: content };
    return kind.schema.safeParse(composed).success ? composed : object;
  });
  return fc.oneof({ weight: 3, arbitrary: withParts }, { weight: 1, arbitrary: whole });
}

/** A model of up to three objects of each kind. */
export function arbitraryModel(): fc.Arbitrary<Written> {
  const sections = kinds.map((kind) => {
    const named = fc.tuple(fc.constantFrom(...names), arbitraryObject(kind));
    const list = fc.uniqueArray(kind.key === "certificates" ? named.filter(isAsReferred) : named, {
      minLength: minimums[kind.key] ?? 0,
      maxLength: names.length,
      selector: ([name]) => name,
    });
    return [kind.key, list.map((entries) => Object.fromEntries(entries))] as const;
  });
  return fc.record(Object.fromEntries(sections));
}

/** Puts an object into a model that may be in the place of another one, or takes one out. */
export function arbitraryEdit(): fc.Arbitrary<(model: Written) => Written> {
  return fc.oneof(
    ...kinds.map((kind) =>
      fc.tuple(fc.constantFrom(...names), fc.option(arbitraryObject(kind), { nil: undefined, freq: 4 })).map(
        ([name, content]) =>
          (model: Written) =>
            withObject(model, { kind: kind.key, name, content }),
      ),
    ),
  );
}

/** Puts something wrong into one of the objects of a model; says where. */
export function arbitraryMistake(): fc.Arbitrary<
  (model: Written) => { readonly broken: Written; readonly path: string }
> {
  return fc
    .tuple(fc.nat(), fc.nat(), fc.constantFrom(null, "x".repeat(30), -1.5, [], true))
    .map(([which, where, wrong]) => (model) => {
      const objects = Object.entries(model).flatMap(([kind, byName]) =>
        Object.entries(byName).map(([name, content]) => ({ kind, name, content })),
      );
      const { kind, name, content } = objects[which % objects.length] ?? { kind: "fleets", name: "alpha", content: {} };
      const fields = Object.keys(content as object);
      const field = fields[where % (fields.length + 1)] ?? "nope";
      const schema = kinds.find(({ key }) => key === kind)?.schema;
      const one = { ...(content as object), [field]: wrong };
      // What is still right gets a field that nothing has.
      const broken = schema?.safeParse(one).success ? { ...one, nope: wrong } : one;
      return { broken: withObject(model, { kind, name, content: broken }), path: `${kind}.${name}` };
    });
}

function withObject(
  model: Written,
  { kind, name, content }: { kind: string; name: string; content: unknown },
): Written {
  const { [name]: _, ...others } = model[kind] ?? {};
  return { ...model, [kind]: content === undefined ? others : { ...model[kind], [name]: content } };
}

/** Whether a certificate object is of the kind that references to its name mostly want. */
function isAsReferred([name, content]: readonly [string, unknown]): boolean {
  const isCa = isRecord(content) && content.kind === "ca";
  return isCa === (name === "gamma");
}

/** Without these nothing is served. */
const minimums: Partial<Record<KindKey, number>> = { fleets: 1, gateways: 1, routes: 1, services: 2, certificates: 2 };

const known = new Map<Schema, fc.Arbitrary<unknown>>();

function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  let arbitrary = known.get(schema);
  if (arbitrary === undefined) {
    arbitrary = mostlyValid(schema, toArbitrary(schema));
    known.set(schema, arbitrary);
  }
  return arbitrary;
}

function toArbitrary(schema: Schema): fc.Arbitrary<unknown> {
  const { def } = schema._zod;
  switch (def.type) {
    case "string":
      return textOf(schema);
    case "number":
      return oneThatFits(schema, numbers);
    case "boolean":
      return fc.boolean();
    case "literal":
      return fc.constantFrom(...def.values);
    case "enum":
      return fc.constantFrom(...Object.values(def.entries));
    case "optional":
    case "default":
      return arbitraryOf(lookInto(def.innerType));
    case "pipe":
      return arbitraryOf(lookInto(def.in));
    case "union":
      return fc.oneof(...def.options.map((option) => arbitraryOf(lookInto(option))));
    case "array":
      return fc.array(arbitraryOf(lookInto(def.element)), { maxLength: 3 });
    case "record":
      return fc.dictionary(keyOf(lookInto(def.keyType)), arbitraryOf(lookInto(def.valueType)), { maxKeys: 3 });
    case "object":
      return objectOf(def.shape as Readonly<Record<string, Schema>>);
    default:
      return fc.constantFrom(...others);
  }
}

/** What values may be called: often as what every object inherits. */
function keyOf(schema: Schema): fc.Arbitrary<string> {
  // What is no text in the place of one is one as a key.
  const any = arbitraryOf(schema).map((key) => (typeof key === "string" ? key : JSON.stringify(key)));
  const fitting = inherited.filter((key) => isValid(schema, key));
  if (fitting.length === 0) return any;
  return fc.oneof({ weight: 4, arbitrary: any }, { weight: 1, arbitrary: fc.constantFrom(...fitting) });
}

/** Some of the fields; those that have to be there mostly are. */
function objectOf(shape: Readonly<Record<string, Schema>>): fc.Arbitrary<object> {
  const absent = Symbol();
  const fields = Object.entries(shape).map(([key, schema]) => {
    const isOptional = schema._zod.optin === "optional";
    const presence = isOptional ? { absent: 5, present: 2 } : { absent: 1, present: 300 };
    const value = fc.oneof(
      { weight: presence.absent, arbitrary: fc.constant(absent) },
      { weight: presence.present, arbitrary: withLikely(arbitraryOf(schema), { schema, key }) },
    );
    return [key, value] as const;
  });
  return fc
    .record(Object.fromEntries(fields))
    .map((object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== absent)));
}

function withLikely(
  arbitrary: fc.Arbitrary<unknown>,
  { schema, key }: { schema: Schema; key: string },
): fc.Arbitrary<unknown> {
  const fitting = (likely[key] ?? []).filter((value) => isValid(schema, value));
  if (fitting.length === 0) return arbitrary;
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fitting) }, { weight: 1, arbitrary });
}

function textOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema === (name as unknown)) return fc.constantFrom(...names);
  if (schema === (reference as unknown)) {
    return fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom(...names) },
      { weight: 1, arbitrary: fc.constantFrom(...texts) },
    );
  }
  return oneThatFits(schema, texts);
}

/** One of the values that a schema takes, and now and then another. */
function oneThatFits<T>(schema: Schema, values: readonly T[]): fc.Arbitrary<unknown> {
  const fitting = values.filter((value) => isValid(schema, value));
  return fitting.length === 0 ? fc.constantFrom(...values) : fc.constantFrom(...fitting);
}

/** What is wrong stands in one place of four hundred, so that most objects have none of it and some have several. */
function mostlyValid(schema: Schema, arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const wrong = fc.oneof(arbitrary, fc.constantFrom(...others), fc.constantFrom(...texts), fc.constantFrom(...numbers));
  const hasRules = (schema._zod.def.checks?.length ?? 0) > 0 || schema._zod.def.type === "pipe";
  // Of some nothing is valid that is made by chance, such as keys.
  const isHit = () => fc.sample(arbitrary, { numRuns: 30, seed: 1 }).some((value) => isValid(schema, value));
  const valid = hasRules && isHit() ? arbitrary.filter((value) => isValid(schema, value)) : arbitrary;
  return fc.oneof({ weight: 400, arbitrary: valid }, { weight: 1, arbitrary: wrong });
}
