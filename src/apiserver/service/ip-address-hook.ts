/** IPAddressHook: an address that a user reserves by hand, with an IPAddress object, is not given to a Service. */
import { parseIpNumber } from "../../allocator/index.ts";
import type { IPAddress } from "../../api/ip-address.ts";
import type { PreparedWrite, WriteHook } from "../write-hook.ts";
import type { ServiceAllocators } from "./service-allocators.ts";

/** `ipaddress/10.96.0.7` */
export function reservationOwner({ metadata }: IPAddress): string {
  return `ipaddress/${metadata.name}`;
}

export function createIpAddressHook({ clusterIps }: ServiceAllocators): WriteHook<IPAddress> {
  function allocatorOf({ metadata }: IPAddress) {
    const family = parseIpNumber(metadata.name)?.family;
    return family && clusterIps.get(family);
  }
  return {
    create(object) {
      const operation = allocatorOf(object)?.begin(reservationOwner(object));
      operation?.allocate(object.metadata.name);
      return { object, writes: [], commit() {}, revert: () => operation?.revert() };
    },
    update: (object) => unchanged(object),
    remove(object) {
      const release = () => allocatorOf(object)?.release(object.metadata.name, reservationOwner(object));
      return { object, writes: [], commit: release, revert() {} };
    },
  };
}

function unchanged(object: IPAddress): PreparedWrite<IPAddress> {
  return { object, writes: [], commit() {}, revert() {} };
}
