/** The rows that one frontend has, once it is known where it leads. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import { addressRanges } from "./address-ranges.ts";
import { maps, sets } from "./names.ts";
import { addressPortKey, hostNumbers, portKey, type Row } from "./row.ts";
import { CLUSTER_ADDRESS, KEEP_SOURCE, REFUSE, RESTRICTED, withFlags } from "./target-id.ts";

/** A frontend, and the ids of the targets it leads to, without flags. */
export interface PlacedFrontend {
  readonly frontend: Frontend;
  readonly external: number;
  readonly internal: number;
}

/** nft prints no more than 128 bytes. */
const COMMENT_MAX_BYTES = 127;

/** Rows of the maps of frontends, and of the sources that may use them. */
export function frontendRows(placed: PlacedFrontend): readonly Row[] {
  const { frontend } = placed;
  const comment = commentOf(frontend);
  const { address, protocol, port } = frontend;
  const key = address === undefined ? portKey(protocol, port) : addressPortKey(address, protocol, port);
  const external = flaggedId(frontend, placed.external);
  const internal = flaggedId(frontend, placed.internal);
  const isNodePort = address === undefined;
  const rows: Row[] = [
    { set: isNodePort ? maps.nodePorts : maps.frontends, key, data: hostNumbers(external), comment },
  ];
  if (internal !== external) {
    const set = isNodePort ? maps.internalNodePorts : maps.internalFrontends;
    rows.push({ set, key, data: hostNumbers(internal), comment });
  }
  if (frontend.sourceRanges && !isNodePort) {
    const length = frontend.family === "IPv4" ? 4 : 16;
    for (const { first, last } of addressRanges(frontend.sourceRanges, length)) {
      const keyOf = (source: Uint8Array) => Buffer.concat([key, source]);
      rows.push({ set: sets.sourceRanges, key: keyOf(first), keyEnd: keyOf(last), comment });
    }
  }
  return rows;
}

/** `default/web:http`, cut to what a comment can hold. */
export function commentOf({ service }: Pick<Frontend, "service">): string {
  return formatServicePortName(service).slice(0, COMMENT_MAX_BYTES);
}

function flaggedId(frontend: Frontend, id: number): number {
  const isClusterAddress = frontend.kind === "ClusterIP";
  let flags = 0;
  if (isClusterAddress) flags |= CLUSTER_ADDRESS;
  else if (!frontend.masquerade) flags |= KEEP_SOURCE;
  // Where nobody serves, everybody is told so, whatever the ranges say.
  if (frontend.sourceRanges && id !== REFUSE) flags |= RESTRICTED;
  return withFlags(id, flags);
}
