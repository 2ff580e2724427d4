import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service, ServicePort } from "../../api/service.ts";
import { makeCluster, makeService, rejectsWith } from "./testing.ts";

const port = (fields: Partial<ServicePort> & { readonly port: number }) => fields as ServicePort;

function numbers({ spec }: Service): readonly (number | undefined)[] {
  return spec.ports?.map(({ nodePort }) => nodePort) ?? [];
}

test("a NodePort Service gets a port from the dynamic band", async () => {
  const cluster = await makeCluster();
  const [nodePort = 0] = numbers(await cluster.create(makeService("a", { type: "NodePort" })));
  assert.ok(nodePort >= 30086 && nodePort <= 32767, `${nodePort}`);
});

for (const { name, ports, shared } of [
  {
    name: "equal ports share an automatic number",
    ports: [port({ port: 53 }), port({ port: 53, protocol: "UDP" })],
    shared: true,
  },
  {
    name: "a later port's explicit number is shared",
    ports: [port({ port: 53 }), port({ port: 53, nodePort: 30001, protocol: "UDP" })],
    shared: true,
  },
  {
    name: "different ports get different numbers",
    ports: [port({ port: 53 }), port({ port: 54 })],
    shared: false,
  },
]) {
  test(`on create ${name}`, async () => {
    const cluster = await makeCluster();
    const [first, second] = numbers(await cluster.create(makeService("a", { type: "NodePort", ports })));
    assert.ok(first && second);
    assert.equal(first === second, shared);
  });
}

for (const { name, service, code, message } of [
  {
    name: "a port outside the range",
    service: makeService("b", { type: "NodePort", ports: [port({ port: 80, nodePort: 32768 })] }),
    code: 422,
    message:
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 32768: provided port is not in the valid range. The range of valid ports is 30000-32767',
  },
  {
    name: "a port that another Service has, for another protocol too",
    service: makeService("b", {
      type: "NodePort",
      ports: [port({ port: 80, nodePort: 30080, protocol: "UDP" })],
    }),
    code: 422,
    message:
      'Service "b" is invalid: spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated',
  },
  {
    name: "one number for two different ports",
    service: makeService("b", {
      type: "NodePort",
      ports: [port({ port: 80, nodePort: 30001 }), port({ port: 81, nodePort: 30001, protocol: "UDP" })],
    }),
    code: 422,
    message:
      'Service "b" is invalid: spec.ports[1].nodePort: Invalid value: 30001: provided port is already allocated',
  },
  {
    name: "a health-check port that is taken",
    service: makeService("b", {
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      healthCheckNodePort: 30080,
    }),
    code: 500,
    message:
      "Internal error occurred: failed to allocate requested HealthCheck NodePort 30080: provided port is already allocated",
  },
]) {
  test(`create refuses ${name}, and takes nothing`, async () => {
    const cluster = await makeCluster();
    await cluster.create(
      makeService("a", { type: "NodePort", ports: [port({ port: 80, nodePort: 30080 })] }),
    );
    await rejectsWith(cluster.create(service), code, message);
    assert.deepEqual(cluster.allocators.nodePorts.held(), [30080]);
    assert.equal((await cluster.ipAddresses()).length, 1);
    assert.equal(cluster.allocators.clusterIps.get("IPv4")?.held().length, 1);
  });
}

test("a full range is an internal error", async () => {
  const cluster = await makeCluster(undefined, "30000-30000");
  await cluster.create(makeService("a", { type: "NodePort" }));
  await rejectsWith(
    cluster.create(makeService("b", { type: "NodePort" })),
    500,
    "Internal error occurred: failed to allocate a nodePort: range is full",
  );
});

test("a dry run shows a number and takes none", async () => {
  const cluster = await makeCluster();
  assert.ok(numbers(cluster.dryRun(makeService("a", { type: "NodePort" })))[0]);
  assert.deepEqual(cluster.allocators.nodePorts.held(), []);
});

test("an update keeps numbers by port name, and gives a renamed port another one", async () => {
  const cluster = await makeCluster();
  const ports = [
    port({ name: "x", port: 80, nodePort: 30001 }),
    port({ name: "y", port: 81, nodePort: 30002 }),
  ];
  const old = await cluster.create(makeService("a", { type: "NodePort", ports }));
  const next = await cluster.update(old, {
    type: "NodePort",
    ports: [port({ name: "x", port: 8080 }), port({ name: "z", port: 81 })],
  });
  const [x, z] = numbers(next);
  assert.equal(x, 30001);
  assert.ok(z && z !== 30002);
  assert.deepEqual(cluster.allocators.nodePorts.held().toSorted(), [30001, z].toSorted());
});

test("an update may swap numbers, and give a number that a port had to another one", async () => {
  const cluster = await makeCluster();
  const ports = [
    port({ name: "x", port: 80, nodePort: 30001 }),
    port({ name: "y", port: 81, nodePort: 30002 }),
  ];
  const old = await cluster.create(makeService("a", { type: "NodePort", ports }));
  const swapped = await cluster.update(old, {
    type: "NodePort",
    ports: [port({ name: "x", port: 80, nodePort: 30002 }), port({ name: "y", port: 81, nodePort: 30001 })],
  });
  assert.deepEqual(numbers(swapped), [30002, 30001]);
  const moved = await cluster.update(swapped, {
    type: "NodePort",
    ports: [port({ name: "x", port: 80 }), port({ name: "y", port: 81, nodePort: 30002 })],
  });
  const [x, y] = numbers(moved);
  assert.equal(y, 30002);
  assert.ok(x && x !== 30002);
});

test("on update TCP and UDP may share a number across ports, but one protocol not twice", async () => {
  const cluster = await makeCluster();
  const old = await cluster.create(
    makeService("a", { type: "NodePort", ports: [port({ name: "x", port: 80 })] }),
  );
  const next = await cluster.update(old, {
    type: "NodePort",
    ports: [
      port({ name: "x", port: 80, nodePort: 30005 }),
      port({ name: "y", port: 81, nodePort: 30005, protocol: "UDP" }),
    ],
  });
  assert.deepEqual(numbers(next), [30005, 30005]);
  await rejectsWith(
    cluster.update(next, {
      type: "NodePort",
      ports: [port({ name: "x", port: 80, nodePort: 30005 }), port({ name: "y", port: 81, nodePort: 30005 })],
    }),
    500,
    "duplicate nodePort: {TCP 30005}",
  );
  assert.deepEqual(cluster.allocators.nodePorts.held(), [30005]);
});

test("an update that adds equal ports gives each a number of its own", async () => {
  const cluster = await makeCluster();
  const old = await cluster.create(makeService("a", { type: "ClusterIP" }));
  const ports = [port({ name: "t", port: 53 }), port({ name: "u", port: 53, protocol: "UDP" })];
  const [first, second] = numbers(await cluster.update(old, { type: "NodePort", ports }));
  assert.ok(first && second && first !== second);
});

for (const type of ["ClusterIP", "ExternalName"] as const) {
  test(`becoming ${type} gives the ports back`, async () => {
    const cluster = await makeCluster();
    const old = await cluster.create(
      makeService("a", { type: "LoadBalancer", externalTrafficPolicy: "Local", ports: [port({ port: 80 })] }),
    );
    assert.equal(cluster.allocators.nodePorts.held().length, 2);
    const next = await cluster.update(old, { type, externalName: "a.example", ports: old.spec.ports ?? [] });
    assert.deepEqual(numbers(next), [undefined]);
    assert.deepEqual(cluster.allocators.nodePorts.held(), []);
  });
}

test("a load balancer without node ports takes none, keeps those it had, and gives them up when they are cleared", async () => {
  const cluster = await makeCluster();
  const off = { type: "LoadBalancer", allocateLoadBalancerNodePorts: false } as const;
  assert.deepEqual(numbers(await cluster.create(makeService("a", off))), [undefined]);
  const explicit = makeService("b", { ...off, ports: [port({ port: 80, nodePort: 30001 })] });
  const created = await cluster.create(explicit);
  assert.deepEqual(numbers(created), [30001]);
  const kept = await cluster.update(created, { ...off, ports: [port({ port: 80, nodePort: 30001 })] });
  assert.deepEqual(cluster.allocators.nodePorts.held(), [30001]);
  assert.deepEqual(numbers(await cluster.update(kept, off)), [undefined]);
  assert.deepEqual(cluster.allocators.nodePorts.held(), []);
});

test("the health-check port comes and goes with the policy, and is kept by an update that leaves it out", async () => {
  const cluster = await makeCluster();
  const local = { type: "LoadBalancer", externalTrafficPolicy: "Local" } as const;
  const created = await cluster.create(makeService("a", local));
  const check = created.spec.healthCheckNodePort ?? 0;
  assert.ok(cluster.allocators.nodePorts.holders(check).length === 1);
  const kept = await cluster.update(created, local);
  assert.equal(kept.spec.healthCheckNodePort, check);
  const without = await cluster.update(kept, { type: "LoadBalancer", externalTrafficPolicy: "Cluster" });
  assert.equal(without.spec.healthCheckNodePort, undefined);
  assert.deepEqual(cluster.allocators.nodePorts.holders(check), []);
});

test("a removed Service gives everything back; one of a duplicate pair leaves the other its number", async () => {
  const cluster = await makeCluster();
  const a = await cluster.create(
    makeService("a", { type: "NodePort", ports: [port({ port: 80, nodePort: 30001 })] }),
  );
  cluster.allocators.nodePorts.claim(30001, "default/b/uid");
  await cluster.remove(a);
  assert.deepEqual(cluster.allocators.nodePorts.holders(30001), ["default/b/uid"]);
  assert.deepEqual(await cluster.ipAddresses(), []);
  assert.deepEqual(cluster.allocators.clusterIps.get("IPv4")?.held(), []);
});
