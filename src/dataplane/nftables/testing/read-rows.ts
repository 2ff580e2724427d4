/** Follows rows as the program's rules do: from an address and port to all endpoints that may be chosen. */
import type { Frontend } from "../../../forwarding/forwarding-table.ts";
import type { Choice } from "../choice.ts";
import { maps } from "../names.ts";
import { addressPortKey, hostNumber, portKey, readHostNumber } from "../row.ts";
import { blockOf, LOCAL_SET, REFUSE, SILENCE, withoutFlags } from "../target-id.ts";
import type { RowStore } from "./row-store.ts";

export type Outcome =
  | { readonly kind: "nobody" | "refuse" | "silence" }
  | { readonly kind: "endpoints"; readonly flags: number; readonly endpoints: readonly string[] };

/** Returns where a frontend leads; endpoints as hex of address and port, sorted. */
export function follow(
  store: RowStore,
  blocks: ReadonlyMap<number, Choice>,
  { address, protocol, port }: Pick<Frontend, "address" | "protocol" | "port">,
  scope: "external" | "internal",
): Outcome {
  const key = address === undefined ? portKey(protocol, port) : addressPortKey(address, protocol, port);
  const [all, internal] =
    address === undefined
      ? [maps.nodePorts, maps.internalNodePorts]
      : [maps.frontends, maps.internalFrontends];
  const row = (scope === "internal" && store.find(internal, key)) || store.find(all, key);
  if (row?.data === undefined) return { kind: "nobody" };
  const value = readHostNumber(row.data);
  const id = withoutFlags(value);
  if (id === REFUSE) return { kind: "refuse" };
  if (id === SILENCE) return { kind: "silence" };
  const choice = blocks.get(blockOf(id));
  if (!choice) throw new Error(`No block for id ${id}`);
  return { kind: "endpoints", flags: (value - id) >>> 0, endpoints: endpointsOf(store, id, choice) };
}

function endpointsOf(store: RowStore, id: number, choice: Choice): readonly string[] {
  const dataOf = (set: string, ...key: readonly number[]): string => {
    const data = store.find(set, key.map(hostNumber).join(""))?.data;
    if (data === undefined) throw new Error(`Nothing in ${set} under ${key.join(" . ")}`);
    return data;
  };
  const slots = Array.from({ length: choice.endpoints }, (_, slot) => slot);
  const endpoints =
    choice.affinity === undefined
      ? slots.map((slot) => dataOf(maps.backends, id, slot))
      : slots.map((slot) => {
          const session = readHostNumber(dataOf(maps.sessions, id));
          const inSet = choice.affinity?.set === "local" ? LOCAL_SET : 0;
          const endpoint = readHostNumber(dataOf(maps.sessionSlots, session + inSet, slot));
          return dataOf(maps.sessionBackends, endpoint + inSet);
        });
  return endpoints.map((data) => Buffer.from(data, "latin1").toString("hex")).sort();
}
