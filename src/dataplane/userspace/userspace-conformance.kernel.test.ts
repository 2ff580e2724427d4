/** The userspace dataplane on a node with pods and other nodes around it, which loopback addresses cannot show. */
import { after, before } from "node:test";
import { needsRoot } from "../../kernel/testing/kernel-test.ts";
import { dataplaneConformance } from "../conformance.ts";
import { createNamespaceHarness } from "../testing/namespace-harness.ts";
import { type NodeWorld, openNodeWorld } from "../testing/node-world.ts";

const skipAll = needsRoot.skip;
const host = new URL("../testing/userspace-host.ts", import.meta.url);
let world: NodeWorld | undefined;

if (!skipAll) {
  before(async () => {
    world = await openNodeWorld();
    world.holdServiceAddresses();
  });
  after(() => world?.close());
}

for (const family of ["IPv4", "IPv6"] as const) {
  dataplaneConformance(
    "userspace",
    async () => {
      if (!world) throw new Error("The world is not open");
      return await createNamespaceHarness(world, family, { host });
    },
    {
      family,
      skipAll,
      lacks: {
        "kept sources": "a socket cannot speak with a client's address",
        packets: "it sees connections to its sockets, not packets",
        restarts: "its connections end with its process",
        "foreign changes": "it keeps nothing where others could damage it",
      },
    },
  );
}
