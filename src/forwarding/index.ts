/** What other rooms use of forwarding. */
export { buildForwardingTable, type ForwardingInput } from "./build-forwarding-table.ts";
export { decide } from "./decide.ts";
export type * from "./decision.ts";
export { type Endpoint, readServiceEndpoints } from "./endpoint.ts";
export { findFrontend } from "./find-frontend.ts";
export { ForwardingModel, type ModelOptions, type ModelUpdate } from "./forwarding-model.ts";
export type * from "./forwarding-table.ts";
export { backend, formatServicePortName, frontendKey } from "./frontend-key.ts";
export type { HealthCheck } from "./health-check.ts";
export {
  canonicalAddress,
  familyOf,
  isCidr,
  isInCidrs,
  isLoopbackAddress,
  joinHostPort,
  loopbackCidrs,
  splitHostPort,
} from "./ip-address.ts";
export { buildMaglevTable, entryOfFlow, type MaglevTable, maglevMembers } from "./maglev.ts";
export type { NodeView } from "./node-view.ts";
export { type PublishStep, publishSteps } from "./publish-steps.ts";
export { proxyProtocolAnnotation } from "./service-description.ts";
export { formatServiceKey, type ServiceKey, type ServiceProblem } from "./service-problem.ts";
export { scopeOf } from "./source-scope.ts";
export { backendsOf, diff, type FrontendChange, isEmptyDiff, type TableDiff } from "./table-diff.ts";
