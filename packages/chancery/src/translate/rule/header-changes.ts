import type { HeaderValueOptionJson } from "@chancery/envoy-api/gen/envoy/config/core/v3/base_pb.js";
import type { RouteJson } from "@chancery/envoy-api/gen/envoy/config/route/v3/route_components_pb.js";
import type { HeaderChanges, Headers, Rule } from "../../model/route.ts";

/** Changes to headers, and the content type of direct responses. */
export function headerChanges({ headers, respond }: Rule): HeaderFields {
  const fields = toHeaderFields(headers);
  if (respond?.contentType === undefined) return fields;
  const contentType = toOption("content-type", respond.contentType, "OVERWRITE_IF_EXISTS_OR_ADD");
  return { ...fields, responseHeadersToAdd: [contentType, ...(fields.responseHeadersToAdd ?? [])] };
}

type HeaderFields = Pick<
  RouteJson,
  "requestHeadersToAdd" | "requestHeadersToRemove" | "responseHeadersToAdd" | "responseHeadersToRemove"
>;

/** The fields by which routes and destinations alike change headers. */
export function toHeaderFields({ request = {}, response = {} }: Headers = {}): HeaderFields {
  const [requestHeadersToAdd, responseHeadersToAdd] = [toOptions(request), toOptions(response)];
  return {
    ...(requestHeadersToAdd.length > 0 && { requestHeadersToAdd }),
    ...(request.remove && { requestHeadersToRemove: request.remove }),
    ...(responseHeadersToAdd.length > 0 && { responseHeadersToAdd }),
    ...(response.remove && { responseHeadersToRemove: response.remove }),
  };
}

function toOptions({ set = {}, add = {} }: HeaderChanges): HeaderValueOptionJson[] {
  return [
    ...Object.entries(set).map(([key, value]) => toOption(key, value, "OVERWRITE_IF_EXISTS_OR_ADD")),
    ...Object.entries(add).map(([key, value]) => toOption(key, value, "APPEND_IF_EXISTS_OR_ADD")),
  ];
}

function toOption(
  key: string,
  value: string,
  appendAction: NonNullable<HeaderValueOptionJson["appendAction"]>,
): HeaderValueOptionJson {
  // Envoy drops headers whose value is empty unless it is told to keep them.
  return { header: { key, value }, appendAction, ...(value === "" && { keepEmptyValue: true }) };
}
