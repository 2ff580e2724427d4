/** Repair of node ports: what is held is rebuilt from the stored Services, and contradictions become events. */
import {
  type Finding,
  type LeakSightings,
  type NodePortAllocator,
  repairAllocations,
} from "../../allocator/index.ts";
import type { Service } from "../../api/service.ts";
import type { RepairEvent } from "./repair-events.ts";
import { ownerOf } from "./service-allocators.ts";
import { claimedNodePorts } from "./service-ports.ts";

export interface PortRepair {
  readonly events: readonly RepairEvent[];
  readonly leaks: LeakSightings<number>;
  readonly freed: readonly number[];
}

/** At the start nothing is held yet, which is no reason for an event. */
export function repairPorts(
  allocator: NodePortAllocator,
  services: readonly Service[],
  leaks: LeakSightings<number>,
  isStart: boolean,
): PortRepair {
  const byOwner = new Map(services.map((service) => [ownerOf(service), service]));
  const claims = services.flatMap((service) =>
    claimedNodePorts(service).map((value) => ({ value, owner: ownerOf(service) })),
  );
  const result = repairAllocations(allocator, claims, leaks);
  const events = result.findings.flatMap((finding) => {
    const service = byOwner.get(finding.owner);
    if (!service || (isStart && finding.kind === "not-allocated")) return [];
    return [{ service, component: "portallocator-repair-controller", ...portText(finding, allocator.range) }];
  });
  return { events, leaks: result.leaks, freed: result.freed };
}

function portText({ kind, value }: Finding<number>, range: string): { reason: string; message: string } {
  switch (kind) {
    case "not-allocated":
      return { reason: "PortNotAllocated", message: `Port ${value} is not allocated; repairing` };
    case "already-allocated":
      return {
        reason: "PortAlreadyAllocated",
        message: `Port ${value} was assigned to multiple services; please recreate service`,
      };
    case "out-of-range":
      return {
        reason: "PortOutOfRange",
        message: `Port ${value} is not within the port range ${range}; please recreate service`,
      };
  }
}
