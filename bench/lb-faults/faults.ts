/** What is broken, one after the other, and how it is mended. */
import type { BalancerFault, BalancerPair } from "./balancer-pair.ts";
import type { FaultLab } from "./fault-lab.ts";
import type { Pods } from "./pods.ts";

export interface FaultWorld {
  readonly lab: FaultLab;
  readonly pods: Pods;
  readonly pairs: readonly BalancerPair[];
}

export interface Fault {
  readonly name: string;
  /** How long its effects may take to come, if longer than usual. */
  readonly windowMs?: number;
  /** Before anything is measured. */
  prepare?(world: FaultWorld, node: string): Promise<void>;
  break(world: FaultWorld, node: string): Promise<void>;
  mend?(world: FaultWorld, node: string): Promise<void>;
}

const restorePods = ({ pods }: FaultWorld) => pods.restore();

function killComponent({ lab }: FaultWorld, node: string): void {
  const pid = lab.cluster.components().get(node);
  if (pid !== undefined) process.kill(pid, "SIGKILL");
}

/** Who is stopped lets connections go on for the default --grace of 5 s, and then ends them. */
const graceWindowMs = 8_000;

function balancerFault(name: string, fault: BalancerFault): Fault {
  return {
    name,
    ...(fault === "stop" && { windowMs: graceWindowMs }),
    async break({ pairs }) {
      await Promise.all(pairs.map((pair) => pair.break(fault)));
    },
    async mend({ pairs }) {
      await Promise.all(pairs.map((pair) => pair.repair()));
    },
  };
}

export const faults: readonly Fault[] = [
  {
    name: "a pod is replaced",
    prepare: ({ pods }, node) => pods.addPod(node),
    break: ({ pods }, node) => pods.remove(pods.on(node)[0] ?? ""),
    mend: restorePods,
  },
  {
    name: "a pod is killed",
    async break({ pods }, node) {
      pods.kill(pods.on(node)[0] ?? "");
    },
    mend: restorePods,
  },
  {
    name: "a node's agent and proxy are killed",
    break: async (world, node) => killComponent(world, node),
  },
  balancerFault("the active balancer is stopped (SIGTERM)", "stop"),
  balancerFault("the active balancer is killed (SIGKILL)", "kill"),
  balancerFault("the active balancer's link is cut", "unplug"),
  {
    name: "a node's link is cut",
    break: async ({ lab }, node) => lab.plugNode(node, false),
    mend: async ({ lab }, node) => lab.plugNode(node, true),
  },
  {
    name: "a node dies with its pods",
    async break(world, node) {
      world.lab.plugNode(node, false);
      killComponent(world, node);
      for (const pod of world.pods.on(node)) world.pods.kill(pod);
    },
    async mend(world, node) {
      world.lab.plugNode(node, true);
      await restorePods(world);
    },
  },
];
