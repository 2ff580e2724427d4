/** Reads the virtual servers that the kernel has. */
import type { Protocol } from "../../forwarding/forwarding-table.ts";
import { protocolNumbers } from "../nftables/row.ts";
import { OURS } from "./scheduler-flags.ts";
import { formatPlace, type ServerPlace } from "./server-place.ts";
import type { ServerTable } from "./server-table.ts";
import { choiceOf, ipvsPlace, realServerKey, type VirtualServer } from "./virtual-server.ts";

const protocols: ReadonlyMap<number, Protocol> = new Map(
  Object.entries(protocolNumbers).map(([name, number]) => [number, name as Protocol]),
);

/** Those that are Porthole's by their mark, and those that are where it wants one: others' stay as they are. By place. */
export async function listServers(
  table: ServerTable,
  isWanted: (place: ServerPlace) => boolean,
): Promise<ReadonlyMap<string, Omit<VirtualServer, "weights">>> {
  const servers = new Map<string, Omit<VirtualServer, "weights">>();
  for (const server of await table.listServers()) {
    if ("fwmark" in server.place) continue;
    const { family, address, port } = server.place;
    const protocol = protocols.get(server.place.protocol);
    if (!protocol) continue;
    const place = { family, protocol, address, port };
    if (((server.schedulerFlags ?? 0) & OURS) === 0 && !isWanted(place)) continue;
    servers.set(formatPlace(place), { place, choice: choiceOf(server) });
  }
  return servers;
}

/** By real server's key. */
export async function readWeights(
  table: ServerTable,
  place: ServerPlace,
): Promise<ReadonlyMap<string, number>> {
  const reals = await table.listRealServers(ipvsPlace(place));
  return new Map(reals.map((real) => [realServerKey(real), real.weight]));
}
