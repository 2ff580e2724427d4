import assert from "node:assert/strict";
import { test } from "node:test";
import { type ForwardingTable, type Frontend, frontendKey, joinHostPort } from "../forwarding/index.ts";
import { openConntrack } from "../kernel/index.ts";
import { needsRoot, runIn, testNamespace } from "../kernel/testing/kernel-test.ts";
import { LeftBehindFlows } from "./left-behind-flows.ts";

const address = "203.0.113.80";

/** Port 80 of the balancer's address, led to NodePort 30080 of these nodes. */
function table(nodes: readonly string[], established = ["192.168.0.1", "192.168.0.2"]): ForwardingTable {
  const backends = nodes.map((node) => ({
    key: joinHostPort(node, 30_080),
    address: node,
    port: 30_080,
    local: false,
  }));
  const target =
    backends.length > 0
      ? ({ kind: "forward", backends } as const)
      : ({ kind: "reject", reason: "no-endpoints" } as const);
  const frontend: Frontend = {
    key: frontendKey("LoadBalancerIP", "IPv4", "TCP", address, 80),
    kind: "LoadBalancerIP",
    family: "IPv4",
    address,
    protocol: "TCP",
    port: 80,
    service: { namespace: "default", name: "web", port: "" },
    external: target,
    internal: target,
    masquerade: true,
    established: established.map((node) => joinHostPort(node, 30_080)),
  };
  return {
    node: "balancer",
    nodePortAddresses: [],
    nodeAddresses: [],
    podCIDRs: [],
    frontends: new Map([[frontend.key, frontend]]),
  };
}

test(
  "connections that wait for a backend are forgotten when it is taken out, those that it serves when its time is over, and no others",
  needsRoot,
  async (t) => {
    const namespace = await testNamespace(t);
    const add = (port: number, node: string, rest: string, destination = address) =>
      runIn(
        namespace,
        "conntrack",
        ...`-I -t 300 -p tcp -s 198.51.100.1 -d ${destination} --sport ${port} --dport 80 --dst-nat ${node}:30080 ${rest}`.split(
          " ",
        ),
      );
    const left = () =>
      runIn(namespace, "conntrack", "-L")
        .split("\n")
        .flatMap((line) => /sport=(\d+)/.exec(line)?.[1] ?? [])
        .sort();
    await using conntrack = await openConntrack(namespace);
    const flows = new LeftBehindFlows(conntrack);
    assert.equal(await flows.follow(table(["192.168.0.1", "192.168.0.2"])), 0);

    add(1001, "192.168.0.1", "--state SYN_SENT");
    add(1002, "192.168.0.2", "--state SYN_SENT");
    add(1003, "192.168.0.1", "--state ESTABLISHED --status SEEN_REPLY");
    add(1004, "192.168.0.1", "--state SYN_SENT", "203.0.113.81");
    assert.equal(await flows.follow(table(["192.168.0.1", "192.168.0.2"])), 0);
    assert.equal(await flows.follow(table(["192.168.0.2"])), 1);
    assert.deepEqual(left(), ["1002", "1003", "1004"]);

    add(1005, "192.168.0.1", "--state SYN_SENT");
    assert.equal(await flows.follow(table(["192.168.0.2"], ["192.168.0.2"])), 2);
    assert.deepEqual(left(), ["1002", "1004"]);

    // There is nowhere else to lead them.
    assert.equal(await flows.follow(table([], [])), 0);
    assert.deepEqual(left(), ["1002", "1004"]);
  },
);
