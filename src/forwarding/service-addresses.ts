/** The addresses that a Service is reached at, by family. */
import type { Service } from "../api/service.ts";
import type { Family } from "./forwarding-table.ts";
import { canonicalAddress, familyOf, parseCidr } from "./ip-address.ts";
import { formatServiceKey, type ServiceKey, type ServiceProblem } from "./service-problem.ts";

/** NOTE: a Service has nothing in a family that it has no cluster address of, not even a NodePort. */
export interface FamilyAddresses {
  readonly clusterIP: string;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  /** Absent where every source is allowed; empty where none is. */
  readonly sourceRanges?: readonly string[];
}

export function describeAddresses(
  { spec, status }: Service,
  service: ServiceKey,
): { families: ReadonlyMap<Family, FamilyAddresses>; problems: readonly ServiceProblem[] } {
  const problems: ServiceProblem[] = [];
  const read = (field: string, texts: readonly string[]) =>
    texts.flatMap((text) => {
      const address = canonicalAddress(text);
      if (address === undefined) problems.push(invalidAddress(service, field, text));
      return address === undefined ? [] : [address];
    });
  const clusterIPs = read("spec.clusterIPs", spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []));
  const externalIPs = read("spec.externalIPs", spec.externalIPs ?? []);
  const loadBalancerIPs = read("status.loadBalancer.ingress", virtualAddresses(status));
  const ranges = readSourceRanges(spec.loadBalancerSourceRanges ?? [], service, problems);

  const families = new Map<Family, FamilyAddresses>();
  for (const clusterIP of clusterIPs) {
    const family = familyOf(clusterIP);
    if (family === undefined || families.has(family)) continue;
    const ofFamily = (address: string) => familyOf(address) === family;
    const sourceRanges = ranges.of(family);
    families.set(family, {
      clusterIP,
      externalIPs: externalIPs.filter(ofFamily),
      loadBalancerIPs: loadBalancerIPs.filter(ofFamily),
      ...(sourceRanges && { sourceRanges }),
    });
  }
  return { families, problems };
}

/**
 * Addresses of mode Proxy are left to the load balancer: what a node sends there must pass through it, because it
 * ends TLS or adds a PROXY header (KEP-1860).
 */
function virtualAddresses(status: Service["status"] | undefined): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip !== undefined && ip !== "" && ipMode !== "Proxy" ? [ip] : [],
  );
}

/**
 * Ranges of one family say nothing about the other, as in kube-proxy. A list of which nothing can be read closes the
 * address: whoever writes one wants it closed to somebody.
 */
function readSourceRanges(
  texts: readonly string[],
  service: ServiceKey,
  problems: ServiceProblem[],
): { of(family: Family): readonly string[] | undefined } {
  const given = texts.filter((text) => text.trim() !== "");
  const cidrs = given.flatMap((text) => parseCidr(text) ?? []);
  for (const text of given.filter((text) => parseCidr(text) === undefined)) {
    const message =
      `spec.loadBalancerSourceRanges of Service "${formatServiceKey(service)}" holds "${text}", which is no CIDR ` +
      `and allows nobody: write it like "203.0.113.0/24" or "2001:db8::/64"`;
    problems.push({ service, code: "invalid-source-range", message });
  }
  return {
    of(family) {
      const ofFamily = cidrs.filter((cidr) => cidr.family === family).map(({ text }) => text);
      if (ofFamily.length > 0) return ofFamily;
      return given.length > cidrs.length && cidrs.length === 0 ? [] : undefined;
    },
  };
}

function invalidAddress(service: ServiceKey, field: string, text: string): ServiceProblem {
  const message =
    `${field} of Service "${formatServiceKey(service)}" holds "${text}", which is no IP address and is not served: ` +
    "correct or remove it";
  return { service, code: "invalid-address", message };
}
