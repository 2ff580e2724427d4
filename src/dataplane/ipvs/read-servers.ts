/** Reads the virtual servers that the kernel has. */
import type { Protocol } from "../../forwarding/forwarding-table.ts";
import { protocolNumbers } from "../nftables/row.ts";
import { OURS } from "./scheduler-flags.ts";
import { formatPlace, type ServerPlace } from "./server-place.ts";
import type { ServerTable } from "./server-table.ts";
import { choiceOf, realServerKey, type VirtualServer } from "./virtual-server.ts";

const protocols: ReadonlyMap<number, Protocol> = new Map(
  Object.entries(protocolNumbers).map(([name, number]) => [number, name as Protocol]),
);

/** Those that are Porthole's by their mark, and those that are where it wants one: others' stay as they are. By place. */
export async function readServers(
  table: ServerTable,
  isWanted: (place: ServerPlace) => boolean,
): Promise<Map<string, VirtualServer>> {
  const servers = new Map<string, VirtualServer>();
  for (const server of await table.listServers()) {
    if ("fwmark" in server.place) continue;
    const { family, address, port } = server.place;
    const protocol = protocols.get(server.place.protocol);
    if (!protocol) continue;
    const place = { family, protocol, address, port };
    if (((server.schedulerFlags ?? 0) & OURS) === 0 && !isWanted(place)) continue;
    const reals = await table.listRealServers(server.place);
    const weights = new Map(reals.map((real) => [realServerKey(real), real.weight]));
    servers.set(formatPlace(place), { place, choice: choiceOf(server), weights });
  }
  return servers;
}
