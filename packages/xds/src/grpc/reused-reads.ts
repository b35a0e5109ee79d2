import { Socket, type SocketConstructorOpts } from "node:net";

/** What one read brings at most, and what is read of one connection in a turn. Several small reads would cost more. */
const READ_BYTES = 256 * 1024;

/** One for all connections: what was read is worked off, or copied, before the next read. */
const bytesRead = Buffer.allocUnsafeSlow(READ_BYTES);

/** What Node has besides what its types say: sockets are made from the handle of an accepted one as from a bound one. */
type Accepted = Socket & { _handle?: SocketConstructorOpts["handle"] | null };

/**
 * Takes a socket that was accepted just now, and returns the one to use in its place, which reads into a buffer that is
 * used again: the bytes of its `data` events are gone after them. Otherwise Node allocates 64 KiB for each read, and
 * offers to reuse a buffer only where it connects. A socket that fills the buffer is read on in the next turn of the event
 * loop, as libuv would else read up to 2 MiB of it before anyone else is read. Where a Node does not let go of a socket's
 * handle, returns the same.
 *
 * https://nodejs.org/api/net.html#new-netsocketoptions (`onread`)
 */
export function reuseReads(accepted: Accepted): Socket {
  const { _handle: handle } = accepted;
  if (handle == null) return accepted;
  const onread = {
    buffer: bytesRead,
    callback: (length: number): boolean => {
      socket.emit("data", bytesRead.subarray(0, length));
      const isAll = length < READ_BYTES;
      if (!isAll) setImmediate(readOn, socket);
      return isAll;
    },
  };
  const socket = new Socket({ handle, onread });
  accepted._handle = null;
  accepted.destroy();
  return socket;
}

function readOn(socket: Socket): void {
  if (!socket.isPaused()) socket.resume();
}
