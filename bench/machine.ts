import { cpus, release, totalmem, type } from "node:os";

/** What figures depend on: the machine and the Node that runs our server. */
export function machine(): string {
  const [{ model = "unknown CPU" } = {}, ...others] = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  return `${1 + others.length} × ${model}, ${memoryGb} GB, ${type()} ${release()}, Node ${process.version}`;
}
