import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { onlyInVm } from "../../test/support/only-in-vm.ts";
import type { IpvsOperation, IpvsPlace, IpvsServer } from "../netlink/ipvs/index.ts";
import { isNetlinkError, type NetworkNamespace, openIpvs } from "./index.ts";
import { runIn, testNamespace } from "./testing/kernel-test.ts";

const TCP = 6;
const UDP = 17;

const byAddress: IpvsPlace = { family: "IPv4", protocol: TCP, address: "10.96.0.1", port: 80 };
const byMark: IpvsPlace = { family: "IPv4", fwmark: 0x80001 };
const sixByAddress: IpvsPlace = { family: "IPv6", protocol: UDP, address: "fd00::96", port: 53 };
const sixByMark: IpvsPlace = { family: "IPv6", fwmark: 7 };

/** Before a namespace has any address the kernel takes all addresses for broadcast ones, and so for no real servers. */
async function namespaceWithLoopback(t: TestContext): Promise<NetworkNamespace> {
  const namespace = await testNamespace(t);
  runIn(namespace, "ip", "link", "set", "lo", "up");
  return namespace;
}

describe("IPVS of the kernel", onlyInVm, () => {
  test("what we add ipvsadm lists", async (t) => {
    const namespace = await namespaceWithLoopback(t);
    await using ipvs = await openIpvs(namespace);
    await ipvs.change([
      { kind: "add-server", server: { place: byAddress, scheduler: "rr", persistenceSeconds: 600 } },
      { kind: "add-real-server", place: byAddress, real: { address: "10.180.1.1", port: 8080, weight: 3 } },
      { kind: "add-server", server: { place: byMark, scheduler: "wlc" } },
      { kind: "add-real-server", place: byMark, real: { address: "10.180.1.2", port: 8080, weight: 1 } },
      { kind: "add-server", server: { place: sixByAddress, scheduler: "rr" } },
      { kind: "add-server", server: { place: sixByMark, scheduler: "sh" } },
      { kind: "add-real-server", place: sixByMark, real: { address: "fd00::1", port: 8080, weight: 0 } },
    ]);
    const lines = runIn(namespace, "ipvsadm", "-Sn").trim().split("\n").sort();
    assert.deepEqual(lines, [
      "-A -f 524289 -s wlc",
      "-A -f 7 -6 -s sh",
      "-A -t 10.96.0.1:80 -s rr -p 600",
      "-A -u [fd00::96]:53 -s rr",
      "-a -f 524289 -r 10.180.1.2:8080 -m -w 1",
      "-a -f 7 -6 -r [fd00::1]:8080 -m -w 0",
      "-a -t 10.96.0.1:80 -r 10.180.1.1:8080 -m -w 3",
    ]);
  });

  test("what ipvsadm adds we list", async (t) => {
    const namespace = await namespaceWithLoopback(t);
    await using ipvs = await openIpvs(namespace);
    runIn(
      namespace,
      "ipvsadm",
      "-A",
      "-t",
      "10.96.0.1:80",
      "-s",
      "mh",
      "-b",
      "mh-port,mh-fallback",
      "-p",
      "60",
    );
    runIn(namespace, "ipvsadm", "-a", "-t", "10.96.0.1:80", "-r", "10.180.1.1:8080", "-m", "-w", "5");
    const servers = await ipvs.listServers();
    assert.deepEqual(
      servers.map(({ counters: _, ...server }): IpvsServer => server),
      [{ place: byAddress, scheduler: "mh", persistenceSeconds: 60, schedulerFlags: 0x18 }],
    );
    assert.equal(servers[0]?.counters?.connections, 0n);
    assert.deepEqual(await ipvs.listRealServers(byAddress), [
      {
        address: "10.180.1.1",
        port: 8080,
        weight: 5,
        activeConnections: 0,
        inactiveConnections: 0,
        persistentConnections: 0,
      },
    ]);
  });

  test("changes and deletes, and names what the kernel refuses", async (t) => {
    const namespace = await namespaceWithLoopback(t);
    await using ipvs = await openIpvs(namespace);
    const real = { address: "10.180.1.1", port: 8080, weight: 1 };
    await ipvs.change([
      { kind: "add-server", server: { place: byMark, scheduler: "rr" } },
      { kind: "add-real-server", place: byMark, real },
      { kind: "change-server", server: { place: byMark, scheduler: "lc", persistenceSeconds: 5 } },
      { kind: "change-real-server", place: byMark, real: { ...real, weight: 0 } },
    ]);
    assert.match(
      runIn(namespace, "ipvsadm", "-Sn"),
      /-A -f 524289 -s lc -p 5\n-a -f 524289 -r 10.180.1.1:8080 -m -w 0/,
    );
    const refused: readonly (readonly [operation: IpvsOperation, code: string, words: RegExp])[] = [
      [
        { kind: "add-server", server: { place: byMark, scheduler: "rr" } },
        "EEXIST",
        /Cannot add the virtual server mark 524289 \(IPv4\)/,
      ],
      [
        { kind: "add-server", server: { place: byAddress, scheduler: "none-such" } },
        "ENOENT",
        /Cannot add the virtual server TCP 10\.96\.0\.1:80/,
      ],
      [{ kind: "add-real-server", place: byMark, real }, "EEXIST", /the real server 10\.180\.1\.1:8080 of/],
      [{ kind: "delete-server", place: sixByMark }, "ESRCH", /Cannot delete/],
      [
        { kind: "delete-real-server", place: byMark, real: { address: "10.1.1.1", port: 1 } },
        "ENOENT",
        /Cannot delete the real server 10\.1\.1\.1:1/,
      ],
    ];
    for (const [operation, code, words] of refused) {
      await assert.rejects(ipvs.change([operation]), (error: unknown) => {
        assert.ok(isNetlinkError(error, code), String(error));
        assert.match(error.message, words);
        return true;
      });
    }
    await ipvs.change([{ kind: "delete-server", place: sixByMark }], (_, code) => code === "ESRCH");
    await ipvs.change([
      { kind: "delete-real-server", place: byMark, real },
      { kind: "delete-server", place: byMark },
    ]);
    assert.equal(runIn(namespace, "ipvsadm", "-Sn").trim(), "");
  });

  test("a large batch is made as a whole, and emptied", async (t) => {
    const namespace = await namespaceWithLoopback(t);
    await using ipvs = await openIpvs(namespace);
    const operations = Array.from({ length: 2500 }, (_, index): IpvsOperation[] => {
      const place: IpvsPlace = { family: "IPv4", fwmark: index + 1 };
      const real = { address: "10.180.1.1", port: 8080, weight: 1 };
      return [
        { kind: "add-server", server: { place, scheduler: "rr" } },
        { kind: "add-real-server", place, real },
      ];
    });
    await ipvs.change(operations.flat());
    assert.equal((await ipvs.listServers()).length, 2500);
    await ipvs.flush();
    assert.equal((await ipvs.listServers()).length, 0);
  });
});
