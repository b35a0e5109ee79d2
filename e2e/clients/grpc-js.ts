// Calls the target that it is given over and over, and writes a line for each call: who answered, or the error.
import { setTimeout } from "node:timers/promises";
import { Client, credentials } from "@grpc/grpc-js";
import { register } from "@grpc/grpc-js-xds";

register();
const [target = ""] = process.argv.slice(2);
const client = new Client(target, credentials.createInsecure());
const asIs = (bytes: Buffer) => bytes;

for (;;) {
  console.log(await call());
  await setTimeout(1);
}

function call(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const deadline = Date.now() + 10_000;
  client.makeUnaryRequest("/test.Echo/Name", asIs, asIs, Buffer.alloc(0), { deadline }, (error, answer) =>
    resolve(error === null ? `${answer}` : `error: ${error.message}`),
  );
  return promise;
}
