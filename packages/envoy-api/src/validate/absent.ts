import type { Api } from "../descriptors/api.ts";
import type { FieldDescriptor, MessageDescriptor } from "../descriptors/descriptor.ts";
import type { AbsentRule, RequiredOneof } from "../json/plan.ts";
import { type Scalar, scalarCodecs } from "../json/scalar.ts";
import { checkCount, checkScalar } from "./check.ts";
import type { Violation } from "./violation.ts";

/**
 * The fields whose absence breaks their rules: required ones, lists that must have items, and scalars without
 * presence, whose default is checked like any other value.
 */
export function absentRules(message: MessageDescriptor, api: Api): readonly AbsentRule[] {
  return message.fields.flatMap((field) => {
    const violation = field.oneof === undefined ? absence(field, api) : undefined;
    return violation === undefined ? [] : [{ number: field.number, name: field.name, violation }];
  });
}

/** The oneofs of which a member must be set. */
export function requiredOneofs(message: MessageDescriptor): readonly RequiredOneof[] {
  return message.oneofs
    .filter((oneof) => oneof.required)
    .map(({ name }) => {
      const members = message.fields.filter((field) => field.oneof === name).map((field) => `"${field.name}"`);
      const needed = members.length === 1 ? `${members[0]}` : `one of ${members.join(", ")}`;
      return { name, violation: { message: `needs ${needed}` } };
    });
}

function absence(field: FieldDescriptor, api: Api): Violation | undefined {
  if (field.required || isRequired(field)) return { message: "required" };
  if (field.repeated) return checkCount(field.rules)?.(0);
  if (field.presence) return undefined;
  return checkScalar(field, field.rules, api)?.(zeroOf(field));
}

function isRequired({ rules }: FieldDescriptor): boolean {
  if (rules === undefined) return false;
  const { message, any, duration, timestamp } = rules;
  return [message, any, duration, timestamp].some((typeRules) => typeRules?.required);
}

function zeroOf(field: FieldDescriptor): Scalar {
  if (field.type === "message" || field.type === "group") throw new TypeError(`Field "${field.name}" is a message`);
  if (field.type !== "enum") return scalarCodecs[field.type].zero;
  return 0;
}
