/** Repair of the keys of node ports: they are what the stored Services say, for data that was written without them, too. */
import type { Service } from "../../api/service.ts";
import type { Entry, Store, Write } from "../../store/index.ts";
import { changedNodePorts, nodePortKey, takeNodePort } from "./node-port-key.ts";

/** etcd takes 128 writes at once. */
const writesPerCommit = 100;

/** `services` and `keys` are one revision's; what changes meanwhile is left to the next pass. */
export async function repairPortKeys(
  store: Store,
  services: readonly Service[],
  keys: readonly Entry[],
): Promise<void> {
  const writes = [...plan(services, keys).values()];
  for (let start = 0; start < writes.length; start += writesPerCommit) {
    const group = writes.slice(start, start + writesPerCommit);
    const { committed } = await store.commit(group);
    if (!committed) for (const write of group) await store.commit([write]);
  }
}

/** By key; of several Services with one port the first has it. */
function plan(services: readonly Service[], keys: readonly Entry[]): ReadonlyMap<string, Write> {
  const present = new Set(keys.map(({ key }) => key));
  const wanted = new Set<string>();
  const writes = new Map<string, Write>();
  for (const service of services) {
    for (const port of changedNodePorts(service, undefined).taken) {
      const key = nodePortKey(port);
      if (!present.has(key) && !wanted.has(key)) writes.set(key, takeNodePort(port, service));
      wanted.add(key);
    }
  }
  for (const { key, revision } of keys) {
    if (!wanted.has(key)) writes.set(key, { key, ifRevision: revision });
  }
  return writes;
}
