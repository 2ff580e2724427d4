import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { onlyInVm } from "../../../test/support/only-in-vm.ts";
import { buildForwardingTable, type Family } from "../../forwarding/index.ts";
import { addressOf, families, makeService, makeSlices, nodeView } from "../../forwarding/testing/world.ts";
import { type Libc, requireLibc } from "../../kernel/ffi.ts";
import { openNetworkNamespace } from "../../kernel/index.ts";
import { addressBytes } from "../../lib/address-bytes.ts";
import { type HostedDataplane, type NodeWorld, openNodeWorld } from "./node-world.ts";

// include/linux/socket.h, include/linux/net.h, include/uapi/linux/in.h
const AF = { IPv4: 2, IPv6: 10 } as const;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const IPPROTO_SCTP = 132;
const targetPort = 8080;

/** A one-to-one socket (RFC 6458), which Node then uses like any other stream. */
async function sctpSocket(libc: Libc, namespace: string, family: Family): Promise<number> {
  using there = await openNetworkNamespace(namespace);
  const open = () =>
    libc.socket("Cannot open a socket", AF[family], SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_SCTP);
  return there.run(open);
}

/** struct sockaddr_in, struct sockaddr_in6 */
function socketAddress(family: Family, address: string, port: number): Uint8Array {
  const bytes = Buffer.alloc(family === "IPv4" ? 16 : 28);
  bytes.writeUInt16LE(AF[family], 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(addressBytes(address) ?? [], family === "IPv4" ? 4 : 8);
  return bytes;
}

/** Answers with the address that it sees. */
async function startPod(libc: Libc, namespace: string, family: Family): Promise<Server> {
  const fd = await sctpSocket(libc, namespace, family);
  libc.bind("Cannot listen", fd, socketAddress(family, addressOf(family, "pod-a1"), targetPort));
  const server = createServer((socket) => socket.end(socket.remoteAddress ?? "")).listen({ fd });
  await once(server, "listening");
  return server;
}

async function ask(
  libc: Libc,
  namespace: string,
  family: Family,
  to: { host: string; port: number },
): Promise<string> {
  const socket = new Socket({ fd: await sctpSocket(libc, namespace, family) }).connect(to);
  let text = "";
  for await (const chunk of socket.setEncoding("utf8")) text += chunk;
  return text;
}

for (const mode of ["nftables", "ipvs"])
  describe(`SCTP through the ${mode} dataplane`, { timeout: 300_000, ...onlyInVm }, () => {
    let world: NodeWorld;
    let dataplane: HostedDataplane;
    let libc: Libc;
    const pods: Server[] = [];
    const serve = (change: Parameters<typeof makeService>[1]) =>
      dataplane.apply(
        buildForwardingTable({
          node: nodeView("node-a"),
          services: [makeService("demo-service", change)],
          endpointSlices: makeSlices(["a1"], { ports: [{ name: "", port: targetPort, protocol: "SCTP" }] }),
        }).table,
      );
    const ports = [{ port: 80, targetPort, nodePort: 30_080, protocol: "SCTP" as const }];

    before(async () => {
      libc = await requireLibc();
      world = await openNodeWorld();
      dataplane = await world.openDataplane(new URL(`./${mode}-host.ts`, import.meta.url));
      for (const family of families) pods.push(await startPod(libc, world.namespaces["pod-a1"], family));
    });
    after(async () => {
      for (const pod of pods) pod.close();
      await world?.close();
    });

    for (const family of families) {
      const at = (name: string) => addressOf(family, name);
      const fromClient = (host: string, port: number) =>
        ask(libc, world.namespaces.client, family, { host, port });

      test(`a node port leads ${family} associations to the pod, which sees the node`, async () => {
        await serve({ spec: { ports } });
        assert.equal(await fromClient(at("node-a"), 30_080), at("node-a"));
      });

      test(`policy Local keeps the ${family} client's address`, async () => {
        await serve({ spec: { ports, externalTrafficPolicy: "Local" } });
        const seen = await fromClient(at("node-a"), 30_080);
        assert.ok(world.plan(family).clients.includes(seen), `the pod saw ${seen}`);
      });

      test(`a cluster address leads ${family} associations to the pod`, async () => {
        await serve({ spec: { ports } });
        assert.equal(await fromClient(at("cluster-ip"), 80), at("node-a"));
      });
    }
  });
