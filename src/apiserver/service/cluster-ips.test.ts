import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceSpec } from "../../api/service.ts";
import { dualStack, makeCluster, makeService, rejectsWith, singleStack } from "./testing.ts";

interface Row {
  readonly name: string;
  readonly ranges?: string;
  readonly spec: Partial<ServiceSpec>;
  readonly policy: string | undefined;
  readonly families: readonly string[] | undefined;
  /** Families of clusterIPs, or the addresses themselves. */
  readonly addresses: readonly string[] | undefined;
}

const rows: readonly Row[] = [
  { name: "nothing said", spec: {}, policy: "SingleStack", families: ["IPv4"], addresses: ["IPv4"] },
  {
    name: "an address",
    spec: { clusterIP: "10.96.0.7" },
    policy: "SingleStack",
    families: ["IPv4"],
    addresses: ["10.96.0.7"],
  },
  {
    name: "an IPv6 address",
    spec: { clusterIP: "fd00:10:96::7" },
    policy: "SingleStack",
    families: ["IPv6"],
    addresses: ["fd00:10:96::7"],
  },
  {
    name: "PreferDualStack",
    spec: { ipFamilyPolicy: "PreferDualStack" },
    policy: "PreferDualStack",
    families: ["IPv4", "IPv6"],
    addresses: ["IPv4", "IPv6"],
  },
  {
    name: "PreferDualStack on one stack",
    ranges: singleStack,
    spec: { ipFamilyPolicy: "PreferDualStack" },
    policy: "PreferDualStack",
    families: ["IPv4"],
    addresses: ["IPv4"],
  },
  {
    name: "IPv6 first",
    spec: { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] },
    policy: "RequireDualStack",
    families: ["IPv6", "IPv4"],
    addresses: ["IPv6", "IPv4"],
  },
  {
    name: "headless with selector",
    spec: { clusterIP: "None", selector: { app: "x" } },
    policy: "SingleStack",
    families: ["IPv4"],
    addresses: ["None"],
  },
  {
    name: "headless without selector",
    ranges: singleStack,
    spec: { clusterIP: "None" },
    policy: "RequireDualStack",
    families: ["IPv4", "IPv6"],
    addresses: ["None"],
  },
  {
    name: "ExternalName",
    spec: { type: "ExternalName", externalName: "a.example" },
    policy: undefined,
    families: undefined,
    addresses: undefined,
  },
];

for (const { name, ranges = dualStack, spec, policy, families, addresses } of rows) {
  test(`families and addresses of a new Service with ${name}`, async () => {
    const cluster = await makeCluster(ranges);
    const created = (await cluster.create(makeService("a", spec))).spec;
    assert.equal(created.ipFamilyPolicy, policy);
    assert.deepEqual(created.ipFamilies, families);
    const shown = created.clusterIPs?.map((ip, index) => {
      const wanted = addresses?.[index];
      return wanted === "IPv4" || wanted === "IPv6" ? (ip.includes(":") ? "IPv6" : "IPv4") : ip;
    });
    assert.deepEqual(shown, addresses);
    assert.equal(created.clusterIP, created.clusterIPs?.[0]);
    const real = (created.clusterIPs ?? []).filter((ip) => ip !== "None");
    assert.deepEqual((await cluster.ipAddresses()).toSorted(), real.toSorted());
  });
}

for (const { name, ranges = dualStack, spec, message } of [
  {
    name: "a taken address",
    spec: { clusterIP: "10.96.0.60" },
    message:
      'spec.clusterIPs: Invalid value: ["10.96.0.60"]: failed to allocate IP 10.96.0.60: provided IP is already allocated',
  },
  {
    name: "an address outside the range",
    spec: { clusterIP: "10.111.0.1" },
    message:
      'spec.clusterIPs: Invalid value: ["10.111.0.1"]: failed to allocate IP 10.111.0.1: the provided network does not match the current range',
  },
  {
    name: "the network's own address",
    spec: { clusterIP: "10.96.0.0" },
    message:
      'spec.clusterIPs: Invalid value: ["10.96.0.0"]: failed to allocate IP 10.96.0.0: the provided network does not match the current range',
  },
  {
    name: "RequireDualStack on one stack",
    ranges: singleStack,
    spec: { ipFamilyPolicy: "RequireDualStack" },
    message:
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
  },
  {
    name: "a family that the cluster has not",
    ranges: singleStack,
    spec: { ipFamilies: ["IPv6"] },
    message: 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
  },
  {
    name: "an address of a family that the cluster has not",
    ranges: singleStack,
    spec: { clusterIP: "fd00:10:97::5" },
    message: 'spec.clusterIPs[0]: Invalid value: ["fd00:10:97::5"]: IPv6 is not configured on this cluster',
  },
  {
    name: "two families with SingleStack",
    spec: { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] },
    message:
      "spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
  },
] satisfies readonly { name: string; ranges?: string; spec: Partial<ServiceSpec>; message: string }[]) {
  test(`create refuses ${name}`, async () => {
    const cluster = await makeCluster(ranges);
    if (ranges === dualStack) await cluster.create(makeService("a", { clusterIP: "10.96.0.60" }));
    await rejectsWith(cluster.create(makeService("b", spec)), 422, `Service "b" is invalid: ${message}`);
  });
}

test("a second address comes with PreferDualStack and goes with SingleStack", async () => {
  const cluster = await makeCluster();
  const single = await cluster.create(makeService("a", {}));
  const both = await cluster.update(single, { ipFamilyPolicy: "PreferDualStack" });
  assert.deepEqual(both.spec.ipFamilies, ["IPv4", "IPv6"]);
  assert.equal(both.spec.clusterIP, single.spec.clusterIP);
  assert.equal((await cluster.ipAddresses()).length, 2);
  const { clusterIPs = [], ipFamilies = [] } = both.spec;
  const again = await cluster.update(both, { ipFamilyPolicy: "SingleStack", clusterIPs, ipFamilies });
  assert.deepEqual(again.spec.clusterIPs, single.spec.clusterIPs);
  assert.deepEqual(await cluster.ipAddresses(), single.spec.clusterIPs);
  assert.deepEqual(cluster.allocators.clusterIps.get("IPv6")?.held(), []);
});

test("the second address is not dropped without a word", async () => {
  const cluster = await makeCluster();
  const both = await cluster.create(makeService("a", { ipFamilyPolicy: "RequireDualStack" }));
  const { clusterIP = "" } = both.spec;
  await rejectsWith(
    cluster.update(both, { clusterIP, clusterIPs: [clusterIP] }),
    422,
    `Service "a" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": must be 'SingleStack' to release the secondary cluster IP`,
  );
});

test("becoming ExternalName gives the addresses back, and becoming ClusterIP again takes new ones", async () => {
  const cluster = await makeCluster();
  const created = await cluster.create(makeService("a", { clusterIP: "10.96.0.63" }));
  const { clusterIP = "", clusterIPs = [] } = created.spec;
  const named = await cluster.update(created, {
    type: "ExternalName",
    externalName: "a.b",
    clusterIP,
    clusterIPs,
  });
  assert.equal(named.spec.clusterIP, undefined);
  assert.deepEqual(await cluster.ipAddresses(), []);
  await cluster.create(makeService("b", { clusterIP: "10.96.0.63" }));
  const back = await cluster.update(named, { type: "ClusterIP" });
  assert.ok(back.spec.clusterIP && back.spec.clusterIP !== "10.96.0.63");
});

test("an address is the same address in every spelling, and stays as it was written", async () => {
  const cluster = await makeCluster();
  const { spec } = await cluster.create(makeService("a", { clusterIP: "fd00:10:96:0::00AB" }));
  assert.equal(spec.clusterIP, "fd00:10:96:0::00AB");
  assert.deepEqual(await cluster.ipAddresses(), ["fd00:10:96::ab"]);
  await assert.rejects(cluster.create(makeService("b", { clusterIP: "fd00:10:96::ab" })));
});
