/** inspect: why a packet goes where it goes. */
export {
  type ClusterObjects,
  readClusterObjects,
  readNodePlaces,
  readStatusObjects,
} from "./cluster-objects.ts";
export { allChecks } from "./doctor/all-checks.ts";
export type { Check, Finding, Severity } from "./doctor/check.ts";
export { diagnose } from "./doctor/diagnose.ts";
export type { Diagnosis } from "./doctor/examine.ts";
export { type Emphasis, formatDiagnoses, formatManual } from "./doctor/format-diagnoses.ts";
export { isLiveEverywhere, untilLive } from "./follow-status.ts";
export {
  formatForwardingStatus,
  formatServiceForwarding,
  type StatusPaint,
} from "./format-forwarding-status.ts";
export { type ForwardingStatus, forwardingStatus } from "./forwarding-status.ts";
export { checkPacket } from "./live/check-packet.ts";
export { formatObservation } from "./live/format-observation.ts";
export type { Observation } from "./live/observation.ts";
export { formatTop } from "./top/format-top.ts";
export { readTraffic, type Traffic } from "./top/read-traffic.ts";
export { TrafficRates } from "./top/traffic-rates.ts";
export {
  conclusionOf,
  endpointText,
  formatTrace,
  rewriteText,
  sourceText,
  type TraceStyle,
} from "./trace/format-trace.ts";
export { parseDestination, parseSource } from "./trace/parse-trace-query.ts";
export { ownerOf, UnknownPlaceError } from "./trace/place-packet.ts";
export type { EndpointVerdict, Trace, TraceQuery, TraceStep } from "./trace/trace.ts";
export { tracePacket } from "./trace/trace-packet.ts";
