/**
 * ipFamilyPolicy and ipFamilies, from what the client says and what the cluster has
 * (kubernetes/pkg/registry/core/service/storage/alloc.go initIPFamilyFields).
 */
import { parseIpNumber } from "../../allocator/index.ts";
import { type FieldError, invalidField } from "../../api/field-error.ts";
import type { IPFamily, IPFamilyPolicy, Service, ServiceSpec } from "../../api/service.ts";
import { validateServiceAddresses } from "../../api/service-validate-addresses.ts";
import { sameList } from "../../lib/same-list.ts";
import { invalidService } from "./allocation-errors.ts";

export interface ClusterFamilies {
  readonly primary: IPFamily;
  readonly all: readonly IPFamily[];
}

/** Throws ApiStatusError 422. */
export function initIpFamilies(
  next: Service,
  old: Service | undefined,
  cluster: ClusterFamilies,
): ServiceSpec {
  const { spec } = next;
  if (spec.type === "ExternalName") return spec;
  if (old && staysPreferDualStack(spec, old.spec)) return spec;
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? defaultPolicy(spec, old?.spec);
  const withPolicy = { ...spec, ipFamilyPolicy };
  refuse(next, validateServiceAddresses({ ...next, spec: withPolicy }, old));
  const reduced = old ? reduce(withPolicy, old.spec) : { spec: withPolicy, errors: [] };
  const inferred = inferFamilies(reduced.spec, cluster);
  refuse(next, [...reduced.errors, ...policyErrors(reduced.spec), ...inferred.errors]);
  if (isHeadlessWithoutSelector(spec)) return anyFamilies(inferred.spec, cluster);
  refuse(next, clusterErrors(inferred.spec, cluster));
  return completeFamilies(inferred.spec, cluster);
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidService(metadata.name, errors);
}

/** A PreferDualStack Service neither gains nor loses an address because the cluster changed. */
export function staysPreferDualStack(next: ServiceSpec, old: ServiceSpec): boolean {
  return (
    next.type === old.type &&
    next.type !== "ExternalName" &&
    next.ipFamilyPolicy === "PreferDualStack" &&
    (old.ipFamilyPolicy ?? "PreferDualStack") === "PreferDualStack" &&
    sameList(next.clusterIPs, old.clusterIPs) &&
    sameList(next.ipFamilies, old.ipFamilies)
  );
}

function isHeadlessWithoutSelector({ clusterIP, selector }: ServiceSpec): boolean {
  return clusterIP === "None" && Object.keys(selector ?? {}).length === 0;
}

function defaultPolicy(spec: ServiceSpec, old: ServiceSpec | undefined): IPFamilyPolicy {
  return old?.ipFamilyPolicy ?? (isHeadlessWithoutSelector(spec) ? "RequireDualStack" : "SingleStack");
}

interface Checked {
  readonly spec: ServiceSpec;
  readonly errors: readonly FieldError[];
}

const policyField = "spec.ipFamilyPolicy";

/** SingleStack alone is intent enough to drop the second address; without it, dropping one is an error. */
function reduce(spec: ServiceSpec, old: ServiceSpec): Checked {
  const { clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  if (ipFamilyPolicy === "SingleStack") {
    return {
      spec: {
        ...spec,
        ...(sameList(clusterIPs, old.clusterIPs) && clusterIPs.length > 1
          ? { clusterIPs: clusterIPs.slice(0, 1) }
          : {}),
        ...(sameList(ipFamilies, old.ipFamilies) && ipFamilies.length > 1
          ? { ipFamilies: ipFamilies.slice(0, 1) }
          : {}),
      },
      errors: [],
    };
  }
  const released = [
    ...(isReduced(clusterIPs, old.clusterIPs) ? ["cluster IP"] : []),
    ...(isReduced(ipFamilies, old.ipFamilies) ? ["IP family"] : []),
  ];
  const errors = released.map((what) =>
    invalidField(policyField, ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`),
  );
  return { spec, errors };
}

function isReduced(next: readonly string[], old: readonly string[] = []): boolean {
  return next.length > 0 && next.length < old.length;
}

function policyErrors({
  clusterIPs = [],
  ipFamilies = [],
  ipFamilyPolicy,
}: ServiceSpec): readonly FieldError[] {
  if (ipFamilyPolicy !== "SingleStack") return [];
  const several = [
    ...(clusterIPs.length === 2 ? ["cluster IPs"] : []),
    ...(ipFamilies.length === 2 ? ["IP families"] : []),
  ];
  return several.map((what) =>
    invalidField(
      policyField,
      ipFamilyPolicy,
      `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`,
    ),
  );
}

/** The family of an address that was given need not be said as well. */
function inferFamilies(spec: ServiceSpec, { all }: ClusterFamilies): Checked {
  const { clusterIPs = [] } = spec;
  const ipFamilies: IPFamily[] = [...(spec.ipFamilies ?? [])];
  const errors: FieldError[] = [];
  for (const [index, ip] of clusterIPs.entries()) {
    if (ip === "None") break;
    if (index < ipFamilies.length) continue;
    const family = parseIpNumber(ip)?.family ?? "IPv4";
    if (all.includes(family)) ipFamilies.push(family);
    else {
      const detail = `${family} is not configured on this cluster`;
      errors.push(invalidField(`spec.clusterIPs[${index}]`, clusterIPs, detail));
    }
  }
  return { spec: ipFamilies.length === 0 ? spec : { ...spec, ipFamilies }, errors };
}

/** Nobody knows which addresses its endpoints will have, so it may have families that the cluster has not. */
function anyFamilies(spec: ServiceSpec, { primary }: ClusterFamilies): ServiceSpec {
  const ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : [primary];
  return { ...spec, ipFamilies: spec.ipFamilyPolicy === "SingleStack" ? ipFamilies : withOther(ipFamilies) };
}

function clusterErrors({ ipFamilies = [], ipFamilyPolicy }: ServiceSpec, { all }: ClusterFamilies) {
  const policy: readonly FieldError[] =
    ipFamilyPolicy === "RequireDualStack" && all.length < 2
      ? [invalidField(policyField, ipFamilyPolicy, "this cluster is not configured for dual-stack services")]
      : [];
  const missing = ipFamilies.flatMap((family, index) =>
    all.includes(family)
      ? []
      : [invalidField(`spec.ipFamilies[${index}]`, family, "not configured on this cluster")],
  );
  return [...policy, ...missing];
}

function completeFamilies(spec: ServiceSpec, { primary, all }: ClusterFamilies): ServiceSpec {
  const ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : [primary];
  const wantsBoth = spec.ipFamilyPolicy !== "SingleStack" && all.length === 2;
  return { ...spec, ipFamilies: wantsBoth ? withOther(ipFamilies) : ipFamilies };
}

function withOther(ipFamilies: readonly IPFamily[]): readonly IPFamily[] {
  const [first = "IPv4", ...others] = ipFamilies;
  return others.length > 0 ? ipFamilies : [first, first === "IPv4" ? "IPv6" : "IPv4"];
}
