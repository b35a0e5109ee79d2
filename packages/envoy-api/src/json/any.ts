import type { Api } from "../descriptors/api.ts";
import { typeNameOf } from "../descriptors/type-url.ts";
import { WireType } from "../wire/index.ts";
import { type EncodeContext, enter, isFull, leave, maxDepth, report, reportAt } from "./context.ts";
import { encodeFields } from "./message.ts";
import { type Encoder, isObject, type MessagePlan } from "./plan.ts";
import { describe } from "./problem.ts";
import { suggestType } from "./suggest-type.ts";
import { parseBytes } from "./text.ts";

/** What an Any may hold: a message of fields, or one that JSON spells its own way and puts under "value". */
export type AnyContent =
  | { readonly kind: "fields"; readonly plan: () => MessagePlan }
  | { readonly kind: "value"; readonly encode: Encoder; readonly optional: boolean };

/** Writes `google.protobuf.Any` from `{"@type": "type.googleapis.com/…", …}`. */
export function anyEncoder(api: Api, contentOf: (typeName: string) => AnyContent | undefined): Encoder {
  return (json, context) => {
    if (!isObject(json)) {
      report(context, `must be an object with "@type", not ${describe(json)}`);
      return;
    }
    const url = json["@type"];
    if (url === undefined) {
      if (Object.keys(json).length > 0) report(context, `needs "@type"`, "it is the type URL of the message");
      return;
    }
    const content = typeof url === "string" ? contentOf(typeNameOf(url) ?? "") : undefined;
    if (typeof url !== "string" || !url.isWellFormed() || (content === undefined && !context.opaqueAny)) {
      reportType(api, url, context);
      return;
    }
    if (context.depth >= maxDepth) {
      report(context, `more than ${maxDepth} messages within each other`);
      return;
    }
    context.depth++;
    const { writer } = context;
    writer.tag(1, WireType.Bytes).string(url);
    const start = writer.length;
    writer.tag(2, WireType.Bytes).fork();
    const empty = writer.length;
    encodeContent(content, json, context);
    if (writer.length === empty) writer.truncate(start);
    else writer.join();
    context.depth--;
  };
}

function encodeContent(
  content: AnyContent | undefined,
  json: Readonly<Record<string, unknown>>,
  context: EncodeContext,
): void {
  if (content?.kind === "fields") {
    encodeFields(content.plan(), json, context, "@type");
    return;
  }
  const { "@type": _, value, ...others } = json;
  for (const key of Object.keys(others)) report(context, `unknown field ${describe(key)}`, `the message is in "value"`);
  enter(context, "value");
  if (content === undefined) {
    const bytes = parseBytes(value, context);
    if (bytes !== undefined) context.writer.raw(bytes);
  } else if (value !== undefined) {
    content.encode(value, context);
  } else if (!content.optional) {
    report(context, "required");
  }
  leave(context);
}

function reportType(api: Api, url: unknown, context: EncodeContext): void {
  if (isFull(context)) return;
  const name = typeof url === "string" && url.isWellFormed() ? typeNameOf(url) : undefined;
  if (name === undefined) {
    reportAt(
      context,
      "@type",
      `${describe(url)} is not a type URL`,
      `type URLs look like "type.googleapis.com/${example}"`,
    );
  } else {
    reportAt(context, "@type", `unknown type ${describe(name)}`, suggestType(api, name));
  }
}

const example = "envoy.config.cluster.v3.Cluster";
