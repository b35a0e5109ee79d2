import { decodeToJson, envoyApi, type JsonValue } from "@chancery/envoy-api";
import { WireError } from "@chancery/envoy-api/wire";
import { redactHeaders } from "./redacted-headers.ts";

/** The name of a value of an enum, or its number if there is none. */
export function nameOf(enumName: string, number: number): string {
  return envoyApi().enum(enumName)?.names.get(number) ?? `${number}`;
}

/** A message as proto3 JSON, without credentials; undefined if it is malformed. */
export function shownAsJson(typeName: string, bytes: Uint8Array): JsonValue | undefined {
  try {
    return redactHeaders(decodeToJson(typeName, bytes, { redact: true }));
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}
