import { Snapshots, XdsServer } from "@chancery/xds";
import { silentLogger } from "../../logs.ts";
import { emptyModel } from "../../model/model.ts";
import type { AdminContext } from "../app.ts";

/** A control plane as the HTTP side sees it, with nothing in it; each node is a group of its own. */
export function emptyContext(snapshots: Snapshots = new Snapshots()): AdminContext & { readonly xds: XdsServer } {
  return {
    snapshots,
    xds: new XdsServer({ snapshots }),
    configuration: {
      ownerOf: () => undefined,
      model: emptyModel,
      noteChange: () => {},
      groupsOf: ({ node }) => [node.id],
    },
    metrics: { contentType: "text/plain; version=0.0.4", read: async () => "up 1\n" },
    log: silentLogger(),
    unready: () => undefined,
  };
}
