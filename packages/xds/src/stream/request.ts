import { makeTag, WireReader, WireType, WireWriter } from "@chancery/envoy-api/wire";
import { readTextField } from "../resource/text-field.ts";
import { LikelyTexts } from "./likely-texts.ts";
import { emptyList, type NameList, readNameList } from "./names.ts";

/** SotW, or delta: the two spellings of the protocol. */
export type Variant = "sotw" | "delta";

/**
 * What a client said, in either variant. In SotW `subscribe` is everything it wants from now on; in delta what to add.
 * https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/discovery/v3/discovery.proto
 */
export interface Request {
  readonly typeUrl: string;
  /** The `Node` in wire format: a view of the request, undefined if it carries none. */
  readonly node: Uint8Array | undefined;
  /** The nonce of the response that this answers; "" if it answers none. */
  readonly nonce: string;
  /** SotW: the version that the client has applied. */
  readonly version: string;
  /** Present if the client refused the response. */
  readonly error: RequestError | undefined;
  readonly subscribe: NameList;
  readonly unsubscribe: NameList;
  /** True if the client names resources by locators, and so reads `resource_errors`. */
  readonly usesLocators: boolean;
  /** Delta: `initial_resource_versions` in wire format, "" if there are none. */
  readonly initialVersions: Uint8Array;
}

/** A `google.rpc.Status`. */
export interface RequestError {
  readonly code: number;
  readonly message: string;
}

/** What the requests before it make likely to be in a request. Only asked when there are names in it. */
export interface Likely {
  /** The first of the lists of names for which `isIt` holds. */
  findList(isIt: (list: NameList) => boolean): NameList | undefined;
}

const nothingLikely: Likely = { findList: () => undefined };

/**
 * Reads a `DiscoveryRequest` or `DeltaDiscoveryRequest` by walking its envelope. Of the lists of names in `likely` it may
 * well repeat one, which is then not walked again. Throws a WireError if it is malformed.
 */
export function readRequest(variant: Variant, bytes: Uint8Array, likely: Likely = nothingLikely): Request {
  const fields = fieldsOf[variant];
  const reader = new WireReader(bytes);
  // Most requests have none of them: what every ACK allocates would be felt.
  let names: Run | undefined;
  let repeated: NameList | undefined;
  let unsubscribed: Run | undefined;
  let versions: Run | undefined;
  let locators: Run | undefined;
  let unsubscribedLocators: Run | undefined;
  let typeUrl = "";
  let node: Uint8Array | undefined;
  let nonce = "";
  let version = "";
  let error: RequestError | undefined;
  while (!reader.done) {
    const start = reader.pos;
    const tag = reader.tag();
    if (tag === fields.typeUrl) typeUrl = likelyTypeUrls.read(reader, bytes);
    else if (tag === fields.node) node = reader.bytes();
    else if (tag === fields.nonce) nonce = reader.string();
    else if (tag === fields.version) version = likelyVersions.read(reader, bytes);
    else if (tag === fields.error) error = readError(reader.bytes());
    else {
      reader.skip(tag);
      if (tag === fields.names && names === undefined) {
        // Tried once: lists that almost match must not make a long request slow.
        repeated = likely.findList((list) => isAt(bytes, start, list.bytes));
        if (repeated !== undefined) reader.pos = start + repeated.bytes.length;
      }
      const { pos: end } = reader;
      if (tag === fields.names) names = extend(names, bytes, start, end);
      else if (tag === fields.unsubscribe) unsubscribed = extend(unsubscribed, bytes, start, end);
      else if (tag === fields.locators) locators = extend(locators, bytes, start, end);
      else if (tag === fields.unsubscribeLocators)
        unsubscribedLocators = extend(unsubscribedLocators, bytes, start, end);
      else if (tag === fields.initialVersions) versions = extend(versions, bytes, start, end);
    }
  }
  return {
    typeUrl,
    node,
    nonce,
    version,
    error,
    subscribe: readNames(names, locators, repeated),
    unsubscribe: readNames(unsubscribed, unsubscribedLocators),
    usesLocators: locators !== undefined || unsubscribedLocators !== undefined,
    initialVersions: versions?.bytes ?? emptyList.bytes,
  };
}

const likelyTypeUrls = new LikelyTexts(16);
const likelyVersions = new LikelyTexts(16);

/**
 * The names in either form. Of a locator only the name counts: its parameters select nothing here. `names` begins with
 * what is `repeated`, if anything is.
 */
function readNames(names: Run | undefined, locators: Run | undefined, repeated?: NameList): NameList {
  if (locators === undefined) {
    if (names === undefined) return emptyList;
    return repeated !== undefined && names.length === repeated.bytes.length ? repeated : readNameList(names.bytes);
  }
  const writer = new WireWriter().raw(names?.bytes ?? emptyList.bytes);
  const reader = new WireReader(locators.bytes);
  while (!reader.done) {
    reader.tag();
    writer.tag(1, WireType.Bytes).string(readTextField(reader.bytes(), 1));
  }
  return readNameList(writer.finish());
}

function isAt(message: Uint8Array, start: number, bytes: Uint8Array): boolean {
  const { length } = bytes;
  if (length === 0 || start + length > message.length) return false;
  // As a method of any byte array: a view for each comparison would cost more than that.
  return Buffer.prototype.compare.call(message, bytes, 0, length, start, start + length) === 0;
}

const bytesTag = (field: number): number => makeTag(field, WireType.Bytes);
const absent = -1;

/** The tags of the fields, by variant. */
const fieldsOf = {
  sotw: {
    version: bytesTag(1),
    node: bytesTag(2),
    names: bytesTag(3),
    typeUrl: bytesTag(4),
    nonce: bytesTag(5),
    error: bytesTag(6),
    locators: bytesTag(7),
    unsubscribeLocators: absent,
    unsubscribe: absent,
    initialVersions: absent,
  },
  delta: {
    version: absent,
    node: bytesTag(1),
    typeUrl: bytesTag(2),
    names: bytesTag(3),
    unsubscribe: bytesTag(4),
    initialVersions: bytesTag(5),
    nonce: bytesTag(6),
    error: bytesTag(7),
    locators: bytesTag(8),
    unsubscribeLocators: bytesTag(9),
  },
} as const;

function readError(bytes: Uint8Array): RequestError {
  const reader = new WireReader(bytes);
  let code = 0;
  let message = "";
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === makeTag(1, WireType.Varint)) code = reader.int32();
    else if (tag === bytesTag(2)) message = reader.string();
    else reader.skip(tag);
  }
  return { code, message };
}

function extend(run: Run | undefined, message: Uint8Array, start: number, end: number): Run {
  if (run === undefined) return new Run(message, start, end);
  run.add(start, end);
  return run;
}

/** The occurrences of a repeated field: a view while they stand side by side, as encoders write them, else a copy. */
class Run {
  readonly #message: Uint8Array;
  #start: number;
  #end: number;
  /** What came before the last stretch that stands side by side. */
  #before: Uint8Array[] | undefined;

  constructor(message: Uint8Array, start: number, end: number) {
    this.#message = message;
    this.#start = start;
    this.#end = end;
  }

  get length(): number {
    return (this.#before ?? []).reduce((sum, { length }) => sum + length, this.#end - this.#start);
  }

  get bytes(): Uint8Array {
    return this.#before === undefined ? this.#stretch : Buffer.concat([...this.#before, this.#stretch]);
  }

  add(start: number, end: number): void {
    if (start !== this.#end) {
      // A client may scatter thousands.
      if (this.#before === undefined) this.#before = [this.#stretch];
      else this.#before.push(this.#stretch);
      this.#start = start;
    }
    this.#end = end;
  }

  get #stretch(): Uint8Array {
    return this.#message.subarray(this.#start, this.#end);
  }
}
