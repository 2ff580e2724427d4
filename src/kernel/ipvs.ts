/** IPVS of a network namespace: virtual servers and their real servers (ipvsadm(8)). */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type {
  IpvsOperation,
  IpvsPlace,
  IpvsRealServerState,
  IpvsServerState,
} from "../netlink/ipvs/index.ts";
import { openNetlinkSocket } from "./load-when-called.ts";
import { isNetlinkError, NetlinkError } from "./netlink-error.ts";
import { NETLINK_GENERIC } from "./netlink-protocol.ts";
import { list, request } from "./netlink-request.ts";
import type { NamespaceHandle, NetlinkSocket } from "./netlink-socket.ts";

const run = promisify(execFile);

export interface Ipvs extends AsyncDisposable {
  /**
   * Makes changes one after the other, a thousand in a system call; those behind one that the kernel refuses are made, too. Throws
   * NetlinkError with the first refusal, unless `isExpected` says that it does not matter.
   */
  change(
    operations: readonly IpvsOperation[],
    isExpected?: (operation: IpvsOperation, code: string) => boolean,
  ): Promise<void>;
  listServers(): Promise<readonly IpvsServerState[]>;
  /** Throws NetlinkError with ESRCH if there is no such virtual server. */
  listRealServers(place: IpvsPlace): Promise<readonly IpvsRealServerState[]>;
  /** Removes all virtual servers of the namespace. */
  flush(): Promise<void>;
}

const operationsPerCall = 1000;

/**
 * Opens IPVS of a namespace, the process's own if none is given; loads the kernel's module if it can. Throws an Error that says what to
 * do where the kernel has no IPVS. Needs CAP_NET_ADMIN.
 */
export async function openIpvs(namespace?: NamespaceHandle): Promise<Ipvs> {
  const { ipvsRequests } = await import("../netlink/ipvs/index.ts");
  const socket = await openNetlinkSocket(NETLINK_GENERIC, namespace);
  try {
    return createIpvs(socket, ipvsRequests(await requireFamily(socket)));
  } catch (error) {
    await socket[Symbol.asyncDispose]();
    throw error;
  }
}

async function requireFamily(socket: NetlinkSocket): Promise<number> {
  const known = await findFamily(socket);
  if (known !== undefined) return known;
  await run("modprobe", ["ip_vs"]).catch(() => {});
  const loaded = await findFamily(socket);
  if (loaded !== undefined) return loaded;
  throw new Error(
    "This kernel has no IPVS: load its module (modprobe ip_vs), or take another mode (nftables, iptables)",
  );
}

async function findFamily(socket: NetlinkSocket): Promise<number | undefined> {
  const [{ decodeFamily, encodeGetFamily }, { IPVS_GENL_NAME }] = await Promise.all([
    import("../netlink/generic/index.ts"),
    import("../netlink/ipvs/index.ts"),
  ]);
  try {
    const [answer] = await request(socket, "Cannot ask for IPVS", encodeGetFamily(IPVS_GENL_NAME));
    return answer && decodeFamily(answer);
  } catch (error) {
    if (isNetlinkError(error, "ENOENT")) return undefined;
    throw error;
  }
}

type Requests = ReturnType<typeof import("../netlink/ipvs/index.ts")["ipvsRequests"]>;

function createIpvs(socket: NetlinkSocket, requests: Requests): Ipvs {
  return {
    async change(operations, isExpected = () => false) {
      let first: NetlinkError | undefined;
      for (let at = 0; at < operations.length; at += operationsPerCall) {
        const some = operations.slice(at, at + operationsPerCall);
        const answers = await socket.exchange("Cannot change IPVS", some.map(requests.change));
        for (const [index, { refusal }] of answers.entries()) {
          const operation = some[index];
          if (!refusal || !operation) continue;
          const error = new NetlinkError(await describe(operation), refusal);
          if (!isExpected(operation, error.code)) first ??= error;
        }
      }
      if (first) throw first;
    },
    listServers: () =>
      list(socket, "Cannot list virtual servers", requests.listServers(), requests.readServer),
    listRealServers: (place) =>
      list(socket, "Cannot list real servers", requests.listRealServers(place), (message) =>
        requests.readRealServer(message, place.family),
      ),
    async flush() {
      await request(socket, "Cannot remove all virtual servers", requests.flush());
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

/** `Cannot add the real server 10.180.1.1:80 of the virtual server mark 524289 (IPv4)`. */
async function describe(operation: IpvsOperation): Promise<string> {
  const { formatIpvsPlace } = await import("../netlink/ipvs/index.ts");
  const [verb] = operation.kind.split("-");
  const place = "server" in operation ? operation.server.place : operation.place;
  const server = `the virtual server ${formatIpvsPlace(place)}`;
  if (!("real" in operation)) return `Cannot ${verb} ${server}`;
  const { address, port } = operation.real;
  return `Cannot ${verb} the real server ${address.includes(":") ? `[${address}]` : address}:${port} of ${server}`;
}
