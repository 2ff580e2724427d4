import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { backend, type ForwardingTable, type Frontend, frontendKey } from "../../forwarding/index.ts";
import type { FrontendChange } from "../frontend-changes.ts";
import { nodeOptions } from "./base-chains.ts";
import { FamilyPlan } from "./family-plan.ts";
import { familyTraits } from "./family-traits.ts";
import { serviceChain } from "./names.ts";
import { restoreText } from "./restore-text.ts";
import { emptyTable } from "./ruleset.ts";

const traits = familyTraits.IPv4;
const node: ForwardingTable = {
  node: "node-a",
  nodePortAddresses: ["192.168.0.1"],
  nodeAddresses: ["192.168.0.1"],
  podCIDRs: ["10.180.1.0/24"],
  frontends: new Map(),
};
const options = nodeOptions(traits, node, { guardsLoopback: false, randomFully: true });

/** The cluster address and the node port of the Service `default/web-INDEX`. */
function service(
  index: number,
  pods: readonly string[],
  change: Partial<Frontend> = {},
): readonly Frontend[] {
  const target =
    pods.length === 0
      ? ({ kind: "reject", reason: "no-endpoints" } as const)
      : ({ kind: "forward", backends: pods.map((pod) => backend(pod, 8080, false)) } as const);
  const common = {
    family: "IPv4",
    protocol: "TCP",
    service: { namespace: "default", name: `web-${index}`, port: "" },
    external: target,
    internal: target,
    masquerade: true,
    ...change,
  } as const;
  const address = `172.30.${index >> 8}.${index & 255}`;
  const port = 30_000 + index;
  return [
    {
      ...common,
      kind: "ClusterIP",
      address,
      port: 80,
      key: frontendKey("ClusterIP", "IPv4", "TCP", address, 80),
    },
    { ...common, kind: "NodePort", port, key: frontendKey("NodePort", "IPv4", "TCP", undefined, port) },
  ];
}

const added = (frontends: readonly Frontend[]): FrontendChange[] => frontends.map((next) => ({ next }));
const removed = (frontends: readonly Frontend[]): FrontendChange[] =>
  frontends.map((previous) => ({ previous }));
const replaced = (before: readonly Frontend[], after: readonly Frontend[]): FrontendChange[] =>
  before.flatMap((previous, index) => {
    const next = after[index];
    return next ? [{ previous, next }] : [];
  });

/** A plan for some Services, and what a change asks iptables-restore for. */
function planFor(count: number) {
  const plan = new FamilyPlan(traits);
  const services = Array.from({ length: count }, (_, index) => service(index, ["10.180.2.1", "10.180.2.2"]));
  plan.change(services.flatMap(added), options);
  return {
    services,
    change(changes: readonly FrontendChange[]): string {
      const { nat, filter } = plan.change(changes, options);
      const suspects = { nat: nat.names, filter: filter.names };
      return restoreText({ nat: nat.before, filter: filter.before }, plan.wanted, { suspects }) ?? "";
    },
    text: () => restoreText({ nat: emptyTable(), filter: emptyTable() }, plan.wanted) ?? "",
  };
}

const chainsIn = (text: string) => [...text.matchAll(/^:(\S+)/gm)].map(([, name]) => name);
const svc = (index: number) => serviceChain("SVC", `default/web-${index}/TCP`);
const ext = (index: number) => serviceChain("EXT", `default/web-${index}/TCP`);

describe("what a change of one Service among 500 restores", () => {
  test("other endpoints: the chain that chooses among them, and nothing else", () => {
    const { services, change } = planFor(500);
    const text = change(replaced(services[7] ?? [], service(7, ["10.180.2.1", "10.180.3.1", "10.180.3.2"])));
    assert.equal(
      text,
      `*nat
:${svc(7)} - [0:0]
-A ${svc(7)} -d 172.30.0.7/32 -p tcp -m tcp --dport 80 -m comment --comment "default/web-7 cluster IP" -j PORTHOLE-MARK-OUTSIDERS
-A ${svc(7)} -p tcp -m statistic --mode random --probability 0.33333333349 -m comment --comment "default/web-7" -j DNAT --to-destination 10.180.2.1:8080
-A ${svc(7)} -p tcp -m statistic --mode random --probability 0.50000000000 -j DNAT --to-destination 10.180.3.1:8080
-A ${svc(7)} -p tcp -j DNAT --to-destination 10.180.3.2:8080
COMMIT
`,
    );
  });

  test("a Service that comes or goes: its chains, and one bucket of each tree", () => {
    const { change } = planFor(500);
    const own = [ext(600), svc(600)];
    const isBucket = (name = "") => /^PORTHOLE-(?:TO|PORTS-TCP)-[0-9A-F]+$/.test(name);
    for (const text of [
      change(added(service(600, ["10.180.2.1"]))),
      change(removed(service(600, ["10.180.2.1"]))),
    ]) {
      const chains = chainsIn(text);
      assert.deepEqual(chains.filter((name) => !isBucket(name)).sort(), own.toSorted());
      assert.ok(chains.length <= own.length + 6, chains.join(" "));
      assert.ok(text.split("\n").length < 150, text);
    }
  });

  test("nothing, where nothing changes", () => {
    const { services, change } = planFor(10);
    const [first = []] = services;
    assert.equal(change(replaced(first, service(0, ["10.180.2.1", "10.180.2.2"]))), "");
  });

  test("the last endpoint goes: it is refused before it is led nowhere", () => {
    const { services, change } = planFor(3);
    const text = change(replaced(services[1] ?? [], service(1, [])));
    assert.deepEqual(
      [...text.matchAll(/^\*(\w+)/gm)].map(([, table]) => table),
      ["filter", "nat"],
    );
    assert.match(text, /^\*filter[^*]*--dport 30001 .*-j PORTHOLE-REFUSE/);
    assert.match(text, new RegExp(`^-X ${svc(1)}$`, "m"));
  });

  test("the first endpoint comes: it is refused until it is led there", () => {
    const { change } = planFor(3);
    change(added(service(9, [])));
    const text = change(replaced(service(9, []), service(9, ["10.180.2.1"])));
    assert.deepEqual(
      [...text.matchAll(/^\*(\w+)/gm)].map(([, table]) => table),
      ["nat", "filter"],
    );
  });
});

describe("all rules", () => {
  test("affinity asks where a client was, and forgets it where another set leads it elsewhere", () => {
    const { change, text } = planFor(0);
    const [, nodePort] = service(1, ["10.180.2.1"], { affinitySeconds: 60 });
    const local = {
      kind: "forward",
      backends: [backend("10.180.1.1", 8080, true)],
      choice: { set: "local", condition: "ready", topology: "none" },
    } as const;
    const both = {
      kind: "forward",
      backends: [...local.backends, backend("10.180.2.1", 8080, false)],
    } as const;
    assert.ok(nodePort);
    change(added([{ ...nodePort, external: local, internal: both, masquerade: false }]));
    const list = (key: string) => serviceChain("SEP", `default/web-1/TCP ${key}`);
    const chain = serviceChain("SVL", "default/web-1/TCP");
    const rules = text()
      .split("\n")
      .filter((line) => line.startsWith(`-A ${chain} `))
      .map((line) => line.slice(chain.length + 4));
    assert.deepEqual(rules, [
      `-m recent --rcheck --seconds 60 --reap --name ${list("10.180.1.1:8080")} --mask 255.255.255.255 --rsource -j ${list("10.180.1.1:8080")}`,
      `-m recent --remove --name ${list("10.180.2.1:8080")} --mask 255.255.255.255 --rsource`,
      `-m comment --comment "default/web-1" -j ${list("10.180.1.1:8080")}`,
    ]);
  });

  test("chains have names that the kernel takes, and jumps lead to chains that are there", () => {
    const { text } = planFor(500);
    const all = text();
    const names = new Set(chainsIn(all));
    for (const name of names) assert.ok((name ?? "").length <= 28, name);
    for (const [, target] of all.matchAll(/-[jg] (PORTHOLE-\S+)/g))
      assert.ok(names.has(target ?? ""), target);
  });
});
