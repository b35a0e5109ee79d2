import type { z } from "zod";
import { type Address, formatAddress, parseAddress } from "../address.ts";
import { problemDetails } from "../admin/http-problem.ts";
import { ChanceryError, isSystemError } from "../errors.ts";
import { escapeControls } from "../text-safety.ts";
import { type Option, UsageError } from "./command.ts";

/** The option of every command that talks to a control plane. */
export const httpOption = {
  type: "string",
  default: "127.0.0.1:18001",
  value: "HOST:PORT",
  help: "The control plane's HTTP address",
} as const satisfies Option;

export interface ApiRequest {
  readonly path: string;
  /** Those that are undefined are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON, with POST; without one the request is a GET. */
  readonly body?: object;
  readonly signal: AbortSignal;
}

export function readHttpAddress(text: string): Address {
  const address = parseAddress(text, { defaultHost: "127.0.0.1" });
  if (address !== undefined) return address;
  throw new UsageError(`Cannot read --http "${text}": write HOST:PORT, such as 127.0.0.1:18001`);
}

/** Asks the API of a control plane. Throws a ChanceryError that says what to do when it does not answer as it should. */
export async function callApi(address: Address, { path, query = {}, body, signal }: ApiRequest): Promise<Response> {
  const url = new URL(path, `http://${formatAddress(address)}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  const sent = body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, { ...sent, signal }).catch((error: unknown) => {
    throw signal.aborted ? error : unreachable(address, error);
  });
  if (!response.ok) throw await refused(address, response);
  return response;
}

/** The answer of the API as data of the shape that `schema` says. */
export async function getJson<T extends z.ZodType>(
  address: Address,
  request: ApiRequest,
  schema: T,
): Promise<z.infer<T>> {
  const response = await callApi(address, request);
  const parsed = schema.safeParse(await response.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw notChancery(address, `its answer to ${request.path} is of another shape`);
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no host of that name",
  EHOSTUNREACH: "there is no way to that host",
  ETIMEDOUT: "it does not answer",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_SOCKET: "it closes the connection",
};

function unreachable(address: Address, error: unknown): ChanceryError {
  const cause = error instanceof Error ? error.cause : undefined;
  const reason = cause instanceof Error ? toReason(cause) : "it does not answer";
  const mend = 'start one with "chancery serve", or say where it is with --http HOST:PORT';
  const message = `Cannot reach a control plane at "${formatAddress(address)}": ${reason}; ${mend}`;
  return new ChanceryError("unreachable", message, { cause: error });
}

function toReason(cause: Error): string {
  if (cause.name === "HTTPParserError") return "it does not speak HTTP/1.1";
  return isSystemError(cause) ? (causes[cause.code] ?? cause.message) : cause.message;
}

async function refused(address: Address, response: Response): Promise<ChanceryError> {
  const parsed = problemDetails.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) return notChancery(address, `it answers with status ${response.status}`);
  return new ChanceryError("refused", escapeControls(parsed.data.detail));
}

/** What answers there is something else. */
export function notChancery(address: Address, why: string): ChanceryError {
  const mend = "say where the control plane is with --http HOST:PORT";
  return new ChanceryError("not-chancery", `No Chancery is at "${formatAddress(address)}": ${why}; ${mend}`);
}
