/** ServerAddress: where one API server of the cluster is reached. */

export interface ServerAddress {
  readonly ip: string;
  readonly port: number;
}

/** Addresses of one port come together, in an order that every server finds. */
export function compareServers(left: ServerAddress, right: ServerAddress): number {
  return left.port - right.port || (left.ip < right.ip ? -1 : Number(left.ip > right.ip));
}
