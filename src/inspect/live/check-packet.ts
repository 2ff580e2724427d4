/** checkPacket: sends a packet and holds what the kernel did with it against what it should have done. */
import { splitHostPort } from "../../forwarding/index.ts";
import type { ClusterObjects } from "../cluster-objects.ts";
import type { Trace, TraceQuery } from "../trace/trace.ts";
import { tracePacket } from "../trace/trace-packet.ts";
import { followPacket } from "./follow-packet.ts";
import { differences, type Observation } from "./observation.ts";

export interface CheckedPacket {
  readonly trace: Trace;
  readonly observed: Observation;
  /** A sentence for each difference. */
  readonly differences: readonly string[];
}

/** As followPacket; the trace is for the address that the packet was really sent from. */
export async function checkPacket(
  objects: ClusterObjects,
  query: TraceQuery,
  localAddress?: string,
): Promise<CheckedPacket> {
  const observed = await followPacket(query, localAddress);
  const address = splitHostPort(observed.from)?.address ?? "";
  const trace = tracePacket(objects, { ...query, from: { kind: "address", address } });
  return { trace, observed, differences: differences(trace, observed) };
}
