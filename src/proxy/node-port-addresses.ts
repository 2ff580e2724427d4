/** Which of a node's addresses NodePorts answer on: kube-proxy's --nodeport-addresses. */
import { familyOf, isCidr, isInCidrs } from "../forwarding/index.ts";

/** `primary`: the node's first address of each family; else all its addresses within these CIDRs. */
export type NodePortAddresses = "primary" | readonly string[];

/** Reads `primary` or CIDRs; throws SyntaxError for anything else. `["primary"]` is how a configuration file says it. */
export function parseNodePortAddresses(texts: string | readonly string[] | undefined): NodePortAddresses {
  const list = (typeof texts === "string" ? texts.split(",") : (texts ?? []))
    .map((text) => text.trim())
    .filter((text) => text !== "");
  if (list.length === 0 || (list.length === 1 && list[0] === "primary")) return "primary";
  for (const text of list) {
    if (!isCidr(text)) {
      throw new SyntaxError(
        `Cannot read node-port addresses: "${text}" is neither a CIDR such as 192.0.2.0/24 nor, on its own, "primary"`,
      );
    }
  }
  return list;
}

/** Chooses among the node's addresses, in their order. */
export function chooseNodePortAddresses(
  addresses: readonly string[],
  wanted: NodePortAddresses,
): readonly string[] {
  if (wanted !== "primary") return addresses.filter((address) => isInCidrs(address, wanted));
  return (["IPv4", "IPv6"] as const).flatMap(
    (family) => addresses.find((address) => familyOf(address) === family) ?? [],
  );
}
