export type { Allocation, AllocationOperation, Allocator, Refusal } from "./allocator.ts";
export {
  type ClusterIpAllocator,
  createClusterIpAllocator,
  parseServiceCidr,
} from "./cluster-ip-allocator.ts";
export { formatIpNumber, type IpFamily, parseIpNumber } from "./ip-number.ts";
export { createNodePortAllocator, type NodePortAllocator } from "./node-port-allocator.ts";
export type { Random } from "./number-pool.ts";
export {
  type Claim,
  type Finding,
  type LeakSightings,
  type RepairResult,
  repairAllocations,
} from "./repair-allocations.ts";
