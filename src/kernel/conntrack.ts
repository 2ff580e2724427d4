/** The flows that a network namespace's connection tracking knows. */
import type { Flow, FlowFilter } from "../netlink/conntrack/index.ts";
import { openNetlinkSocket } from "./load-when-called.ts";
import { NetlinkError } from "./netlink-error.ts";
import { NETLINK_NETFILTER } from "./netlink-protocol.ts";
import { request } from "./netlink-request.ts";
import type { NamespaceHandle, NetlinkSocket } from "./netlink-socket.ts";

export interface Conntrack extends AsyncDisposable {
  /**
   * Hands each flow that fits to `visit`, one that is moved about meanwhile perhaps twice or not at all: the kernel keeps no list of a
   * moment. PERF: 0.4 µs for each flow there is, 6 µs for each one that fits.
   */
  visitFlows(filter: FlowFilter, visit: (flow: Flow) => void): Promise<void>;
  /**
   * Deletes flows of protocols with ports, in one system call for a thousand, and resolves with how many there still were. A flow
   * that is gone, or a later one in its place, is no error.
   */
  deleteFlows(flows: readonly Flow[]): Promise<number>;
  /** `maximum` is told since kernel 5.9. */
  countFlows(): Promise<{ readonly entries: number; readonly maximum?: number }>;
}

const flowsPerCall = 1000;
const ENOENT = 2;

/** Opens connection tracking of a namespace, of the process's own if none is given. Needs CAP_NET_ADMIN there. */
export async function openConntrack(namespace?: NamespaceHandle): Promise<Conntrack> {
  return createConntrack(await openNetlinkSocket(NETLINK_NETFILTER, namespace));
}

/** As openConntrack, over a socket that is open. The tables of messages are loaded when they are first needed. */
export function createConntrack(socket: NetlinkSocket): Conntrack {
  const messages = () => import("../netlink/conntrack/index.ts");
  return {
    async visitFlows(filter, visit) {
      const { decodeFlowEvent, encodeListFlows, matchesFilter } = await messages();
      await socket.dump("Cannot list flows", encodeListFlows(filter), (message) => {
        const flow = decodeFlowEvent(message)?.flow;
        if (flow && matchesFilter(flow, filter)) visit(flow);
      });
    },
    async deleteFlows(flows) {
      const { encodeDeleteFlow } = await messages();
      let deleted = 0;
      for (let at = 0; at < flows.length; at += flowsPerCall) {
        const some = flows.slice(at, at + flowsPerCall);
        const answers = await socket.exchange("Cannot delete flows", some.map(encodeDeleteFlow));
        for (const { refusal } of answers) {
          if (!refusal) deleted += 1;
          else if (refusal.errno !== ENOENT) throw new NetlinkError("Cannot delete a flow", refusal);
        }
      }
      return deleted;
    },
    async countFlows() {
      const { decodeFlowCount, encodeCountFlows } = await messages();
      const [answer] = await request(socket, "Cannot count flows", encodeCountFlows());
      return answer ? decodeFlowCount(answer) : { entries: 0 };
    },
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}
