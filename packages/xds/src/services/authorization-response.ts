import type { JsonValue } from "@chancery/envoy-api";
import { WireType, WireWriter } from "@chancery/envoy-api/wire";
import { Code } from "../grpc/index.ts";
import { appendActions, type HeaderChange } from "./header-change.ts";
import { encodeStruct } from "./struct.ts";

/** Whether something may be done, `envoy.service.auth.v3.CheckResponse`. */
export type AuthorizationResponse = AuthorizationAllowed | AuthorizationDenied;

/** Envoy carries on with the request. It sets headers first and removes after that. */
export interface AuthorizationAllowed {
  readonly allowed: true;
  /** For the upstream. */
  readonly headers?: readonly HeaderChange[];
  /** Names of headers that the upstream does not get; `:` ones and `host` stay. */
  readonly headersToRemove?: readonly string[];
  /** For the client. */
  readonly responseHeaders?: readonly HeaderChange[];
  readonly queryParametersToSet?: readonly QueryParameter[];
  readonly queryParametersToRemove?: readonly string[];
  /** For filters and logs after this one, under the filter's name. */
  readonly dynamicMetadata?: { readonly [key: string]: JsonValue };
}

/** Envoy answers the client itself. */
export interface AuthorizationDenied {
  readonly allowed: false;
  /** An HTTP status from 300 to 599. Default: 403. */
  readonly status?: number;
  readonly headers?: readonly HeaderChange[];
  readonly body?: string;
  /** For logs; the client does not see it. */
  readonly message?: string;
  readonly dynamicMetadata?: { readonly [key: string]: JsonValue };
}

export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

const writer = new WireWriter();

/** Writes a response in wire format. Throws a RangeError for a status that a denial cannot have. */
export function encodeAuthorizationResponse(response: AuthorizationResponse): Uint8Array {
  const metadata = response.dynamicMetadata && encodeStruct(response.dynamicMetadata);
  if (!response.allowed) checkStatus(response.status);
  writer.truncate(0);
  if (response.allowed) writeAllowed(response);
  else writeDenied(response);
  if (metadata !== undefined) writer.tag(4, WireType.Bytes).bytes(metadata);
  return writer.finish();
}

/** A status of 2xx would have a client believe that all is well. */
function checkStatus(status = 403): void {
  if (Number.isInteger(status) && status >= 300 && status <= 599) return;
  throw new RangeError(`status is ${status}: a denial has a status from 300 to 599`);
}

function writeAllowed(response: AuthorizationAllowed): void {
  const { headers = [], headersToRemove = [], responseHeaders = [] } = response;
  const { queryParametersToSet = [], queryParametersToRemove = [] } = response;
  // An empty status is OK, but says so to whoever reads it.
  writer.tag(1, WireType.Bytes).fork().join();
  writer.tag(3, WireType.Bytes).fork();
  for (const header of headers) writeHeader(2, header);
  for (const name of headersToRemove) writeText(5, name);
  for (const header of responseHeaders) writeHeader(6, header);
  for (const { name, value } of queryParametersToSet) writePair(7, name, value);
  for (const name of queryParametersToRemove) writeText(8, name);
  writer.join();
}

function writeDenied({ status = 403, headers = [], body = "", message = "" }: AuthorizationDenied): void {
  const code = status === 401 ? Code.UNAUTHENTICATED : Code.PERMISSION_DENIED;
  writer.tag(1, WireType.Bytes).fork().tag(1, WireType.Varint).varint(code);
  if (message !== "") writeText(2, message);
  writer.join();
  writer.tag(2, WireType.Bytes).fork();
  writer.tag(1, WireType.Bytes).fork().tag(1, WireType.Varint).varint(status).join();
  for (const header of headers) writeHeader(2, header);
  if (body !== "") writeText(3, body);
  writer.join();
}

function writeHeader(field: number, { name, value, action = "overwrite" }: HeaderChange): void {
  writer.tag(field, WireType.Bytes).fork();
  writePair(1, name, value);
  if (appendActions[action] !== 0) writer.tag(3, WireType.Varint).varint(appendActions[action]);
  writer.join();
}

function writePair(field: number, name: string, value: string): void {
  writer.tag(field, WireType.Bytes).fork();
  writeText(1, name);
  writeText(2, value);
  writer.join();
}

function writeText(field: number, text: string): void {
  writer.tag(field, WireType.Bytes).string(text);
}
