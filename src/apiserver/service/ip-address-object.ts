/** The IPAddress object that stands for each cluster address that is taken, as kube-apiserver 1.33 and newer write it. */
import { randomUUID } from "node:crypto";
import { formatIpNumber, parseIpNumber } from "../../allocator/index.ts";
import { type IPAddress, ipAddressDefinition } from "../../api/ip-address.ts";
import type { Service } from "../../api/service.ts";
import { formatTime } from "../../lib/rfc3339.ts";
import type { Write } from "../../store/index.ts";
import { encodeObject } from "../registry/object-text.ts";
import { storageKey } from "../registry/storage-key.ts";
import type { FamilyAddress } from "./cluster-ips.ts";

const familyLabel = "ipaddress.kubernetes.io/ip-family";
const managedByLabel = "ipaddress.kubernetes.io/managed-by";
const manager = "ipallocator.k8s.io";

/** The name of an address's object: its canonical text. */
export function canonicalAddress(address: string): string {
  const parsed = parseIpNumber(address);
  return parsed ? formatIpNumber(parsed) : address;
}

export function ipAddressKey(address: string): string {
  return storageKey(ipAddressDefinition, { name: canonicalAddress(address) });
}

export function ipAddressFor(
  { metadata }: Service,
  { family, address }: FamilyAddress,
  nowMs: number,
): IPAddress {
  return {
    kind: "IPAddress",
    apiVersion: "networking.k8s.io/v1",
    metadata: {
      name: canonicalAddress(address),
      uid: randomUUID(),
      resourceVersion: "",
      creationTimestamp: formatTime(nowMs),
      labels: { [familyLabel]: family, [managedByLabel]: manager },
    },
    spec: {
      parentRef: { resource: "services", namespace: metadata.namespace ?? "", name: metadata.name },
    },
  };
}

/** Fails the commit if the object exists: somebody else took the address meanwhile. */
export function createIpAddress(service: Service, taken: FamilyAddress, nowMs: number): Write {
  return {
    key: ipAddressKey(taken.address),
    value: encodeObject(ipAddressFor(service, taken, nowMs)),
    ifRevision: 0,
  };
}

/** Whether the server itself made the object, for a Service. */
export function isManaged({ metadata }: IPAddress): boolean {
  return metadata.labels?.[managedByLabel] === manager;
}

export function refersTo({ spec }: IPAddress, { metadata }: Service): boolean {
  const parent = spec.parentRef;
  return (
    (parent?.group ?? "") === "" &&
    parent?.resource === "services" &&
    parent.namespace === metadata.namespace &&
    parent.name === metadata.name
  );
}
