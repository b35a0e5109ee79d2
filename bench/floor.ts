// Plain sockets: writes the body of each PUT to every connection as it is. It shows the least that bytes cost on Node.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { buffer } from "node:stream/consumers";

const sockets = new Set<Socket>();
const plain = createServer((socket) => {
  sockets.add(socket);
  socket.on("error", () => {}); // told by the closing that follows
  socket.on("close", () => sockets.delete(socket));
  socket.write("!"); // a greeting, so that the other end knows that it is served
});
const http = createHttpServer(async (request, response) => {
  const body = await buffer(request);
  for (const socket of sockets) socket.write(body);
  response.end();
});

const addresses = await Promise.all(
  [plain, http].map(async (server) => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { address, port } = server.address() as AddressInfo; // not null, nor a path: it listens on a port
    return `${address}:${port}`;
  }),
);
console.log(JSON.stringify({ xds: addresses[0], http: addresses[1] }));
