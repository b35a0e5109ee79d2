import { type EncodeContext, enter, isFull, leave, maxDepth, report, reportAt } from "./context.ts";
import { type Encoder, type FieldPlan, isObject, type MessagePlan } from "./plan.ts";
import { describe } from "./problem.ts";
import { didYouMean, suggest } from "./suggest.ts";

/** Writes messages of one type from JSON objects. `plan` is asked for when the first one comes. */
export function messageEncoder(plan: () => MessagePlan): Encoder {
  let compiled: MessagePlan | undefined;
  return (json, context) => {
    compiled ??= plan();
    if (!isObject(json)) report(context, `must be an object, not ${describe(json)}`);
    else encodeFields(compiled, json, context, undefined);
  };
}

/**
 * Writes the fields of `json` in the order of their numbers, so that equal content gives equal bytes.
 * `ignored` is a key that is no field: the "@type" of an Any.
 */
export function encodeFields(
  plan: MessagePlan,
  json: Readonly<Record<string, unknown>>,
  context: EncodeContext,
  ignored: string | undefined,
): void {
  if (context.depth >= maxDepth) {
    report(context, `more than ${maxDepth} messages within each other`);
    return;
  }
  context.depth++;
  const base = context.top;
  const misspelt = collect(plan, json, context, ignored);
  const top = context.top;
  if (plan.hasOneofs) checkOneofs(context, base);
  if (context.validate) checkAbsent(plan, context, base, misspelt);
  const { fields, keys, values } = context;
  for (let index = base; index < top; index++) {
    enter(context, keys[index] as string); // collect filled all three
    (fields[index] as FieldPlan).encode(values[index], context);
    leave(context);
  }
  context.top = base;
  context.depth--;
}

/**
 * Puts the set fields on the context's stack, sorted by number as they come: mostly they are already.
 * Tells which fields were meant by names that are not known.
 */
function collect(
  plan: MessagePlan,
  json: Readonly<Record<string, unknown>>,
  context: EncodeContext,
  ignored: string | undefined,
): readonly string[] {
  const { fields, keys, values } = context;
  const base = context.top;
  let top = base;
  let misspelt = none;
  for (const key in json) {
    const field = plan.fields.get(key);
    if (field === undefined) {
      if (key !== ignored) misspelt = [...misspelt, ...reportUnknownField(plan, key, context)];
      continue;
    }
    const value = json[key];
    if (value === undefined || (value === null && !field.takesNull)) continue;
    let at = top++;
    for (; at > base && (fields[at - 1] as FieldPlan).number > field.number; at--) {
      fields[at] = fields[at - 1] as FieldPlan;
      keys[at] = keys[at - 1] as string;
      values[at] = values[at - 1];
    }
    fields[at] = field;
    keys[at] = key;
    values[at] = value;
    if (at > base && fields[at - 1] === field) {
      report(context, `"${keys[at - 1]}" and "${key}" are the same field`);
    }
  }
  context.top = top;
  return misspelt;
}

const none: readonly string[] = [];

function checkOneofs(context: EncodeContext, base: number): void {
  const { fields, keys, top } = context;
  for (let index = base + 1; index < top; index++) {
    const { oneof } = fields[index] as FieldPlan;
    if (oneof === undefined) continue;
    for (let other = base; other < index; other++) {
      if (fields[other]?.oneof === oneof && fields[other] !== fields[index]) {
        report(context, `only one of "${keys[other]}" and "${keys[index]}" can be set`);
        break;
      }
    }
  }
}

function checkAbsent(plan: MessagePlan, context: EncodeContext, base: number, misspelt: readonly string[]): void {
  const { fields, top } = context;
  let index = base;
  for (const { number, name, violation } of plan.absent) {
    while (index < top && (fields[index] as FieldPlan).number < number) index++;
    const isSet = index < top && (fields[index] as FieldPlan).number === number;
    if (!isSet && !misspelt.includes(name)) {
      reportAt(context, name, violation.message, violation.hint);
    }
  }
  for (const { name, violation } of plan.requiredOneofs) {
    let set = false;
    for (let at = base; at < top && !set; at++) set = fields[at]?.oneof === name;
    if (!set) report(context, violation.message, violation.hint);
  }
}

function reportUnknownField(plan: MessagePlan, key: string, context: EncodeContext): readonly string[] {
  if (isFull(context)) return none;
  const names = plan.descriptor.fields.map((field) => field.name);
  const meant = suggest(key, names);
  report(context, `unknown field ${describe(key)}`, didYouMean(meant));
  return meant === undefined ? none : [meant];
}
