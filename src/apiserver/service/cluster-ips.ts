/** Cluster addresses of a Service (kubernetes/pkg/registry/core/service/storage/alloc.go). */
import { invalidField } from "../../api/field-error.ts";
import type { IPFamily, Service, ServiceSpec } from "../../api/service.ts";
import { internal } from "../errors.ts";
import { addressRefusal, invalidService } from "./allocation-errors.ts";
import { staysPreferDualStack } from "./ip-families.ts";
import type { ServiceTransaction } from "./service-allocators.ts";

export interface AddressChange {
  readonly spec: ServiceSpec;
  readonly taken: readonly FamilyAddress[];
  readonly given: readonly FamilyAddress[];
}

export interface FamilyAddress {
  readonly family: IPFamily;
  /** As it stands in the Service. */
  readonly address: string;
}

/** NOTE: ipFamilies are set and configured. Throws ApiStatusError. */
export function createClusterIps(service: Service, transaction: ServiceTransaction): AddressChange {
  const { spec } = service;
  if (spec.type === "ExternalName" || isHeadless(spec)) return unchanged(spec);
  return takeFrom(0, service, transaction);
}

export function updateClusterIps(
  next: Service,
  old: Service,
  transaction: ServiceTransaction,
): AddressChange {
  const { spec } = next;
  if (staysPreferDualStack(spec, old.spec)) return unchanged(spec);
  if (old.spec.type === "ExternalName") return createClusterIps(next, transaction);
  if (isHeadless(old.spec)) return unchanged(spec);
  const before = addressesOf(old.spec);
  if (spec.type === "ExternalName") return { spec, taken: [], given: before };
  const oldCount = old.spec.ipFamilies?.length ?? 0;
  const nextCount = spec.ipFamilies?.length ?? 0;
  if (oldCount === 1 && nextCount === 2) return takeFrom(1, next, transaction);
  return { spec, taken: [], given: oldCount === 2 && nextCount === 1 ? before.slice(1) : [] };
}

/** The addresses that a stored Service has; none if it is headless. */
export function addressesOf(spec: ServiceSpec): readonly FamilyAddress[] {
  if (spec.type === "ExternalName" || isHeadless(spec)) return [];
  return (spec.clusterIPs ?? []).map((address) => ({
    family: address.includes(":") ? "IPv6" : "IPv4",
    address,
  }));
}

function isHeadless({ clusterIPs }: ServiceSpec): boolean {
  return clusterIPs?.[0] === "None";
}

function unchanged(spec: ServiceSpec): AddressChange {
  return { spec, taken: [], given: [] };
}

/** Takes the address of each family from the index on: the one that was asked for, or any. */
function takeFrom(first: number, service: Service, transaction: ServiceTransaction): AddressChange {
  const { spec } = service;
  const families = spec.ipFamilies ?? [];
  const clusterIPs = families.map((_, index) => spec.clusterIPs?.[index] ?? "");
  const taken: FamilyAddress[] = [];
  for (const [index, family] of families.entries()) {
    if (index < first) continue;
    const address = takeOne(service, family, clusterIPs, index, transaction);
    clusterIPs[index] = address;
    taken.push({ family, address });
  }
  return { spec: { ...spec, clusterIP: clusterIPs[0] ?? "", clusterIPs }, taken, given: [] };
}

function takeOne(
  { metadata }: Service,
  family: IPFamily,
  clusterIPs: readonly string[],
  index: number,
  transaction: ServiceTransaction,
): string {
  const operation = transaction.clusterIps(family);
  const wanted = clusterIPs[index] ?? "";
  if (wanted === "") {
    const result = operation.allocateNext();
    if (result.allocated) return result.value;
    throw internal(`failed to allocate a serviceIP: ${addressRefusal(result.refusal)}`);
  }
  const result = operation.allocate(wanted);
  if (result.allocated) return wanted;
  const detail = `failed to allocate IP ${wanted}: ${addressRefusal(result.refusal)}`;
  throw invalidService(metadata.name, [invalidField("spec.clusterIPs", clusterIPs, detail)]);
}
