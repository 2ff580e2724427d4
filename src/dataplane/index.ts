/** What other rooms use of dataplanes. */
export type { ApplyReport, CountedField, Dataplane, FrontendCounters, Problem } from "./dataplane.ts";
export type { BackendFailure } from "./userspace/runtime.ts";
export { createUserspaceDataplane, type UserspaceOptions } from "./userspace/userspace-dataplane.ts";
