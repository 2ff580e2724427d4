/** FakeServers: virtual servers in memory, which refuse what the kernel's would (net/netfilter/ipvs/ip_vs_ctl.c). */
import { joinHostPort } from "../../../forwarding/ip-address.ts";
import {
  formatIpvsPlace,
  type IpvsOperation,
  type IpvsPlace,
  type IpvsServer,
} from "../../../netlink/ipvs/index.ts";
import type { ServerTable } from "../server-table.ts";

interface FakeReal {
  readonly address: string;
  readonly port: number;
  weight: number;
  connections: number;
}

interface FakeServer {
  server: IpvsServer;
  readonly reals: Map<string, FakeReal>;
}

export class FakeServers implements ServerTable {
  readonly servers = new Map<string, FakeServer>();
  /** All that was done. */
  readonly operations: IpvsOperation[] = [];

  async change(
    operations: readonly IpvsOperation[],
    isExpected: (operation: IpvsOperation, code: string) => boolean = () => false,
  ): Promise<void> {
    for (const operation of operations) {
      const code = this.#do(operation);
      if (code !== undefined && !isExpected(operation, code)) throw new Error(code);
    }
  }

  async listServers() {
    return [...this.servers.values()].map(({ server }) => server);
  }

  async listRealServers(place: IpvsPlace) {
    const reals = this.servers.get(formatIpvsPlace(place))?.reals;
    if (!reals) throw new Error("ESRCH");
    return [...reals.values()].map(({ address, port, weight, connections }) => ({
      address,
      port,
      weight,
      activeConnections: connections,
      inactiveConnections: 0,
      persistentConnections: 0,
    }));
  }

  #do(operation: IpvsOperation): string | undefined {
    this.operations.push(operation);
    const place = "server" in operation ? operation.server.place : operation.place;
    const key = formatIpvsPlace(place);
    const known = this.servers.get(key);
    if (operation.kind === "add-server") {
      if (known) return "EEXIST";
      this.servers.set(key, { server: operation.server, reals: new Map() });
      return undefined;
    }
    if (!known) return "ESRCH";
    if (operation.kind === "change-server") known.server = operation.server;
    else if (operation.kind === "delete-server") this.servers.delete(key);
    else return changeReal(known, operation);
    return undefined;
  }
}

function changeReal({ reals }: FakeServer, operation: Extract<IpvsOperation, { readonly real: unknown }>) {
  const { kind, real } = operation;
  const key = joinHostPort(real.address, real.port);
  const known = reals.get(key);
  if (kind === "add-real-server") {
    if (known) return "EEXIST";
    reals.set(key, { ...real, connections: 0 });
    return undefined;
  }
  if (!known) return "ENOENT";
  if (kind === "change-real-server") known.weight = real.weight;
  else reals.delete(key);
  return undefined;
}
