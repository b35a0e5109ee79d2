import { type Api, envoyApi, type FieldDescriptor } from "@chancery/envoy-api";
import { isObject, type Json } from "../explain/json.ts";

/**
 * The JSON of a message in proto3's own forms, where Envoy takes others in its file too: names of enums in small letters
 * (`type: strict_dns`), and one value where a list is meant (`domains: "*"`).
 */
export function fromEnvoyForms(type: string, content: unknown): unknown {
  const message = type === anyType ? typeOfAny(content) : envoyApi().message(type);
  if (message === undefined || !isObject(content)) return content;
  const fields = new Map(message.fields.flatMap((field) => [[field.name, field] as const, [field.jsonName, field]]));
  const entries = Object.entries(content).map(([key, value]) => {
    const field = fields.get(key);
    return [key, field === undefined ? value : fieldFrom(field, value)];
  });
  return Object.fromEntries(entries);
}

const anyType = "google.protobuf.Any";

function typeOfAny(content: unknown): ReturnType<Api["message"]> {
  const url = isObject(content) ? content["@type"] : undefined;
  return typeof url === "string" ? envoyApi().resolveTypeUrl(url) : undefined;
}

function fieldFrom(field: FieldDescriptor, value: unknown): unknown {
  if (value === null) return value;
  const entry = field.repeated && field.type === "message" ? envoyApi().message(field.typeName) : undefined;
  if (entry?.mapEntry === true) return isObject(value) ? mapFrom(entry.fields[1], value) : value;
  if (!field.repeated) return valueFrom(field, value);
  return (Array.isArray(value) ? value : [value]).map((item) => valueFrom(field, item));
}

function mapFrom(field: FieldDescriptor | undefined, value: Json): object {
  if (field === undefined) return value;
  return Object.fromEntries(Object.entries(value).map(([key, content]) => [key, valueFrom(field, content)]));
}

function valueFrom(field: FieldDescriptor, value: unknown): unknown {
  if (field.type === "message" && !hasFormOfItsOwn(field.typeName)) return fromEnvoyForms(field.typeName, value);
  return field.type === "enum" && typeof value === "string" ? enumFrom(field.typeName, value) : value;
}

/** Google's own types, such as `Struct` and `Duration`, are no objects with their fields in JSON. */
function hasFormOfItsOwn(type: string): boolean {
  return type.startsWith("google.protobuf.") && type !== anyType;
}

function enumFrom(type: string, value: string): string {
  const numbers = envoyApi().enum(type)?.numbers;
  if (numbers === undefined || numbers.has(value)) return value;
  const small = value.toLowerCase();
  return [...numbers.keys()].find((name) => name.toLowerCase() === small) ?? value;
}
