/** What a server runs with, on the Node that runs this. */
export function serverFlags(): readonly string[];

export function restartWithFlags(): void;
