/** Which Services are this balancer's. Pure. */
import type { Service } from "../../api/service.ts";
import { annotations } from "./annotations.ts";

/** Which Services of type LoadBalancer are ours. */
export interface ClassChoice {
  /** Those of this spec.loadBalancerClass. */
  readonly className: string;
  /** Those that name no class, too. */
  readonly isDefault: boolean;
}

/** NodePort Services are ours if they ask for an address. */
export function isOurs({ metadata, spec }: Service, { className, isDefault }: ClassChoice): boolean {
  if (spec.type === "NodePort") return metadata.annotations?.[annotations.address] !== undefined;
  if (spec.type !== "LoadBalancer") return false;
  return spec.loadBalancerClass === undefined ? isDefault : spec.loadBalancerClass === className;
}
