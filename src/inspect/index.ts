/** inspect: why a packet goes where it goes. */
export { type ClusterObjects, readClusterObjects } from "./cluster-objects.ts";
export { formatTrace, type TraceStyle } from "./trace/format-trace.ts";
export { parseDestination, parseSource } from "./trace/parse-trace-query.ts";
export { UnknownPlaceError } from "./trace/place-packet.ts";
export type { Trace, TraceQuery } from "./trace/trace.ts";
export { tracePacket } from "./trace/trace-packet.ts";
