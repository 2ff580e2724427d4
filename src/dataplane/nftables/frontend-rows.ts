/** The rows that one frontend has, once it is known where it leads. */
import type { Frontend } from "../../forwarding/forwarding-table.ts";
import { formatServicePortName } from "../../forwarding/frontend-key.ts";
import { addressRanges } from "./address-ranges.ts";
import { maps, sets } from "./names.ts";
import { addressPortKey, hostNumber, portKey, type Row } from "./row.ts";
import { CLUSTER_ADDRESS, KEEP_SOURCE, REFUSE, RESTRICTED, withFlags } from "./target-id.ts";

/** A frontend, and the ids of the targets it leads to, without flags. */
export interface PlacedFrontend {
  readonly frontend: Frontend;
  readonly external: number;
  readonly internal: number;
}

/** nft prints no more than 128 bytes. */
const COMMENT_MAX_BYTES = 127;

/** All rows of a frontend. */
export function frontendRows(placed: PlacedFrontend): readonly Row[] {
  return [...sourceRows(placed), ...entranceRows(placed)];
}

/** Rows of the maps of frontends. */
export function entranceRows({ frontend, external, internal }: PlacedFrontend): readonly Row[] {
  const key = keyOf(frontend);
  const comment = commentOf(frontend);
  const isNodePort = frontend.address === undefined;
  const flagged = { external: flaggedId(frontend, external), internal: flaggedId(frontend, internal) };
  const set = isNodePort ? maps.nodePorts : maps.frontends;
  const rows: Row[] = [{ set, key, data: hostNumber(flagged.external), comment }];
  if (flagged.internal !== flagged.external) {
    const internalSet = isNodePort ? maps.internalNodePorts : maps.internalFrontends;
    rows.push({ set: internalSet, key, data: hostNumber(flagged.internal), comment });
  }
  return rows;
}

/** Who may use it. */
export function sourceRows({ frontend }: PlacedFrontend): readonly Row[] {
  if (!frontend.sourceRanges || frontend.address === undefined) return [];
  const key = keyOf(frontend);
  const comment = commentOf(frontend);
  const ranges = addressRanges(frontend.sourceRanges, frontend.family === "IPv4" ? 4 : 16);
  return ranges.map(({ first, last }) => ({
    set: sets.sourceRanges,
    key: key + first,
    keyEnd: key + last,
    comment,
  }));
}

function keyOf({ address, protocol, port }: Frontend): string {
  return address === undefined ? portKey(protocol, port) : addressPortKey(address, protocol, port);
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
