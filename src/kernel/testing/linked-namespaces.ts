/** Two machines on one cable. */
import type { TestContext } from "node:test";
import type { NetworkNamespace } from "../network-namespace.ts";
import { ipJson, runIn, testNamespace } from "./kernel-test.ts";

export interface LinkedMachine {
  readonly namespace: NetworkNamespace;
  /** Index of its link `eth0`. */
  readonly linkIndex: number;
  readonly IPv4: string;
  readonly IPv6: string;
}

/** Links two namespaces of their own, with addresses 192.168.0.N and fe80::N (N is 1 and 2) that are in use at once. */
export async function linkedNamespaces(t: TestContext): Promise<readonly [LinkedMachine, LinkedMachine]> {
  const [a, b] = [await testNamespace(t), await testNamespace(t)];
  runIn(a, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", b.name);
  return [await machine(a, 1), await machine(b, 2)];
}

async function machine(namespace: NetworkNamespace, number: number): Promise<LinkedMachine> {
  const [IPv4, IPv6] = [`192.168.0.${number}`, `fe80::${number}`];
  runIn(namespace, "ip", "link", "set", "eth0", "addrgenmode", "none");
  runIn(namespace, "ip", "link", "set", "eth0", "up");
  runIn(namespace, "ip", "address", "add", `${IPv4}/24`, "dev", "eth0");
  runIn(namespace, "ip", "address", "add", `${IPv6}/64`, "dev", "eth0", "nodad");
  const linkIndex: number = ipJson(namespace, "link", "show", "dev", "eth0")[0].ifindex;
  return { namespace, linkIndex, IPv4, IPv6 };
}
