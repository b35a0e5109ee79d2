import { Transcoder } from "@chancery/envoy-api";
import { type Resource, toNamedResource } from "../resource/resource.ts";
import { resourceTypes } from "../resource/type.ts";
import { crashPath, namesTap } from "./crashes.ts";
import type { ItemReader } from "./json-text.ts";

/**
 * Reads the resources of a snapshot's JSON text in one pass over its bytes, as far as they are common and right: to be
 * given to `cutSnapshot`. Others are left as text, so that whoever parses that says what is wrong with them.
 */
export class ResourceReader implements ItemReader {
  resource: Resource | undefined;
  readonly #text: Buffer;
  readonly #mayCrash: boolean;

  constructor(text: Buffer) {
    this.#text = text;
    this.#mayCrash = namesTap(text) || text.includes(escaped);
  }

  read(key: string, start: number): number {
    const type = types.get(key);
    if (type === undefined) return -1;
    const { message, typeUrl } = type;
    const end = transcoder.read(message, this.#text, start);
    if (end < 0) return -1;
    const body = transcoder.bytes;
    if (this.#mayCrash && crashPath(message, body) !== undefined) return -1;
    this.resource = toNamedResource(typeUrl, body);
    return this.resource === undefined ? -1 : end;
  }
}

/** The types whose resources have a name of their own. */
const types = new Map(resourceTypes.filter(({ key }) => key !== "lbEndpoints").map((type) => [type.key, type]));

/** What may spell something in another way. */
const escaped = "\\u";

const transcoder = new Transcoder();
