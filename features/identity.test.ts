import assert from "node:assert/strict";
import { test } from "node:test";
import { Snapshots, XdsServer } from "@chancery/xds";
import { Code, StatusError } from "@chancery/xds/grpc";
import { credentials, status } from "@grpc/grpc-js";
import { issue, makeCa } from "../packages/xds/src/grpc/testdata/certificates.ts";
import { TestStream } from "./harness/client.ts";
import { adsMethods, cds, snapshotOf } from "./harness/server.ts";

test("a client is who its certificate says, whatever its node says", async (t) => {
  const ca = makeCa("test");
  const server = issue(ca, "localhost", "DNS:localhost,IP:127.0.0.1");
  const snapshots = new Snapshots();
  await using xds = new XdsServer({
    snapshots,
    grpc: { tls: { key: server.key, cert: server.cert, ca: ca.cert, requestCert: true } },
    hooks: {
      authenticate({ peer }) {
        const name = /URI:spiffe:\/\/example\.org\/(\w+)/.exec(peer.certificate?.()?.subjectaltname ?? "")?.[1];
        if (name === undefined) throw new StatusError(Code.UNAUTHENTICATED, "the certificate names nobody");
        return name;
      },
      authorize({ identity, node }) {
        if (identity !== node.id) throw new StatusError(Code.PERMISSION_DENIED, `${identity} is not ${node.id}`);
      },
    },
  });
  const address = await xds.listen({ host: "127.0.0.1", port: 0 });
  snapshots.set("edge", snapshotOf([cds, "a=1"]));
  const open = (subjectAltName: string) => {
    const pair = issue(ca, "client", subjectAltName);
    const channel = credentials.createSsl(Buffer.from(ca.cert), Buffer.from(pair.key), Buffer.from(pair.cert));
    const stream = new TestStream(address, adsMethods.sotw, {}, channel);
    t.after(() => stream.close());
    return stream;
  };
  const [edge, liar, nobody] = [
    open("URI:spiffe://example.org/edge"),
    open("URI:spiffe://example.org/other"),
    open("DNS:x"),
  ];
  for (const stream of [edge, liar, nobody]) stream.send({ node: "edge", type: cds });
  assert.equal((await edge.next()).count, 1);
  assert.equal((await liar.status).code, status.PERMISSION_DENIED);
  assert.equal((await nobody.status).code, status.UNAUTHENTICATED);
});
