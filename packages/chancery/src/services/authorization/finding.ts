/** What came of a requirement. */
export type Finding = Met | Unmet;

export interface Met {
  readonly met: true;
  /** Why, as people read it. */
  readonly reason: string;
  /** Who asks, if that was found out. */
  readonly subject?: string;
  /** What a verified token says. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What the upstream is told of it. */
  readonly headers?: ReadonlyMap<string, string>;
  /** What the upstream is not to see. */
  readonly strips?: readonly Stripped[];
}

export interface Unmet {
  readonly met: false;
  readonly reason: string;
  /** The HTTP status of a denial for it. */
  readonly status: 401 | 403 | 503;
  /** How the client could say who it is, for `www-authenticate`. */
  readonly challenge?: string;
}

/** A credential, where it was found. */
export interface Stripped {
  readonly in: "header" | "query" | "cookie";
  readonly name: string;
}

/** A requirement that is not met. */
export function unmet(status: Unmet["status"], reason: string, challenge?: string): Unmet {
  return { met: false, status, reason, ...(challenge !== undefined && { challenge }) };
}
