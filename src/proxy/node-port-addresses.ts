/** Which of a node's addresses NodePorts answer on: kube-proxy's --nodeport-addresses, with the keywords of KEP-6032. */
import { canonicalAddress, familyOf, isCidr, isInCidrs, loopbackCidrs } from "../forwarding/index.ts";

export interface NodePortAddresses {
  /** The Node's first address of each family. */
  readonly primary: boolean;
  /** All of the node's addresses within these. */
  readonly cidrs: readonly string[];
}

/** What there is to choose from. */
export interface AddressChoice {
  /** The Node's first address of each family. */
  readonly primary: readonly string[];
  /** All addresses that the node has. */
  readonly addresses: readonly string[];
}

const keywords: Readonly<Record<string, readonly string[]>> = {
  primary: [],
  localhost: loopbackCidrs,
  all: ["0.0.0.0/0", "::/0"],
};

const localhost = ["127.0.0.1", "::1"];

/** Reads CIDRs and keywords, separated by commas where they are one text; none means `primary`. Throws SyntaxError. */
export function parseNodePortAddresses(texts: string | readonly string[] | undefined): NodePortAddresses {
  const list = (typeof texts === "string" ? texts.split(",") : (texts ?? []))
    .map((text) => text.trim())
    .filter((text) => text !== "");
  for (const text of list) {
    const problem = checkNodePortAddress(text);
    if (problem) throw new SyntaxError(`Cannot read node-port addresses: each ${problem}, not "${text}"`);
  }
  const primary = list.length === 0 || list.includes("primary");
  const cidrs = list.flatMap((text) => keywords[text] ?? text);
  return { primary, cidrs: primary ? cidrs : [...cidrs, ...wholeFamilies(cidrs)] };
}

/** A family that no CIDR speaks of is not restricted (kube-proxy's NewNodePortAddresses): `192.0.2.0/24` says nothing of IPv6. */
function wholeFamilies(cidrs: readonly string[]): readonly string[] {
  const spokenOf = new Set(cidrs.map((cidr) => familyOf(cidr.split("/")[0] ?? "")));
  const everything = [["IPv4", "0.0.0.0/0"] as const, ["IPv6", "::/0"] as const];
  return everything.filter(([family]) => !spokenOf.has(family)).map(([, cidr]) => cidr);
}

/** Says what is wrong with one entry; undefined if nothing is. */
export function checkNodePortAddress(text: string): string | undefined {
  if (Object.hasOwn(keywords, text) || isCidr(text)) return undefined;
  return 'must be a CIDR such as 192.0.2.0/24, or "primary", "all" or "localhost"';
}

/**
 * Chooses, in the order of what there is. `localhost` is chosen only by a CIDR that is loopback itself: with `0.0.0.0/0` a node
 * means what others can reach (KEP-6032).
 */
export function chooseNodePortAddresses(
  { primary, addresses }: AddressChoice,
  wanted: NodePortAddresses,
): readonly string[] {
  const loopback = wanted.cidrs.filter(isLoopbackCidr);
  const chosen = [
    ...(wanted.primary ? primary : []),
    ...addresses.filter((address) => isInCidrs(address, wanted.cidrs) && !localhost.includes(address)),
    ...localhost.filter((address) => isInCidrs(address, loopback)),
  ];
  return [...new Set(chosen)];
}

/** Returns the first address of each family, one that was given for it first of all (kube-proxy's --bind-address). */
export function primaryAddresses(stated: readonly string[], bindAddress = ""): readonly string[] {
  const override = isUnspecified(bindAddress) ? undefined : canonicalAddress(bindAddress);
  const all = override === undefined ? stated : [override, ...stated];
  return (["IPv4", "IPv6"] as const).flatMap(
    (family) => all.find((address) => familyOf(address) === family) ?? [],
  );
}

function isUnspecified(address: string): boolean {
  return address === "" || address === "0.0.0.0" || canonicalAddress(address) === "::";
}

function isLoopbackCidr(cidr: string): boolean {
  const [address = "", prefix] = cidr.split("/");
  return isInCidrs(address, loopbackCidrs) && Number(prefix) >= 8;
}
