import { createHash } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSystemError } from "../errors.ts";

/**
 * Runs `work` while no other process on this machine holds the lock called `name`.
 *
 * The lock is a socket that is listened on: the kernel ends it with its process, so a killed holder locks nobody out,
 * and whoever waits is told by the end of a connection.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const release = await acquire(socketPath(name));
  try {
    return await work();
  } finally {
    release();
  }
}

// In the temporary folder under a hash, because a socket's path may have no more than about a hundred bytes.
function socketPath(name: string): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 16);
  return join(tmpdir(), `chancery-${hash}.lock`);
}

async function acquire(path: string): Promise<() => void> {
  for (;;) {
    try {
      return await hold(path);
    } catch (error) {
      if (!isSystemError(error) || error.code !== "EADDRINUSE") throw error;
      await released(path);
    }
  }
}

async function hold(path: string): Promise<() => void> {
  const waiting = new Set<Socket>();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("close", () => waiting.delete(socket));
    // One who waits may be killed; that is its own affair.
    socket.on("error", () => {});
  });
  server.listen(path);
  await once(server, "listening");
  return () => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
}

async function released(path: string): Promise<void> {
  const socket = connect(path);
  try {
    socket.resume();
    await once(socket, "close");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    // The file is there and nobody listens: its owner was killed.
    if (error.code === "ECONNREFUSED") await rm(path, { force: true });
    else if (error.code !== "ENOENT" && error.code !== "ECONNRESET") throw error;
  } finally {
    socket.destroy();
  }
}
