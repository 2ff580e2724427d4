/** NodePods: a runner for each pod that is bound to the node, and an address for each runner. */
import type { Pod } from "../api/pod.ts";
import { type ListWatchCache, objectKey } from "../client/index.ts";
import type { NodeContext } from "./node-context.ts";
import { forgetPod, type PodRecord } from "./pod-record.ts";
import { PodRunner } from "./pod-runner.ts";
import { killLeftovers, takeOverPods } from "./previous-pods.ts";

export class NodePods {
  readonly #context: NodeContext;
  readonly #runners = new Map<string, PodRunner>();
  /** Pods that wait for an address, in the order of their arrival. */
  readonly #waiting = new Map<string, Pod>();
  #records = new Map<string, PodRecord>();

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** Goes on with the pods that an agent before this one ran, stops those that were deleted meanwhile, and follows the cache. */
  async follow(cache: ListWatchCache<Pod>): Promise<void> {
    const uids = new Set([...cache.items().values()].map(({ metadata }) => metadata.uid));
    const { network, addresses } = this.#context;
    const isWanted = ({ uid, podIPs }: PodRecord) =>
      uids.has(uid) && (podIPs[0] === addresses[0] || network.claim(podIPs));
    this.#records = new Map(await takeOverPods(this.#context.podsDir, isWanted));
    await network.removeUnclaimed();
    if (this.#context.signal.aborted) return;
    cache.subscribe(({ added, updated, deleted }) => {
      for (const pod of deleted) void this.#remove(pod);
      for (const pod of added) this.#take(pod);
      for (const { next } of updated) this.#take(next);
    });
    // Deleted while the machine was searched.
    const deleted = [...this.#records.values()];
    this.#records.clear();
    for (const { uid, podIPs } of deleted) {
      await killLeftovers(uid);
      forgetPod(this.#context.podsDir, uid);
      await this.#giveBack(podIPs);
    }
  }

  /** The newest pod of this name: one that is being deleted may still be here. */
  find(namespace: string, name: string): PodRunner | undefined {
    const key = objectKey({ namespace, name });
    return [...this.#runners.values()].findLast(({ pod }) => objectKey(pod.metadata) === key);
  }

  /** Stops all pods; their objects stay. */
  async stop(graceMs: number): Promise<void> {
    await Promise.all([...this.#runners.values()].map((runner) => runner.stop(graceMs)));
  }

  #take(pod: Pod): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const runner = this.#runners.get(uid);
    if (runner) {
      runner.update(pod);
      return;
    }
    const record = this.#records.get(uid);
    const isOver = pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
    if (isOver && !record && deletionTimestamp === undefined) return;
    const { network, addresses } = this.#context;
    const podIPs = record?.podIPs ?? (pod.spec.hostNetwork ? addresses : network.take());
    if (podIPs === undefined) {
      this.#wait(pod);
      return;
    }
    this.#records.delete(uid);
    this.#waiting.delete(uid);
    this.#runners.set(uid, new PodRunner(this.#context, pod, podIPs, record));
  }

  #wait(pod: Pod): void {
    const { uid } = pod.metadata;
    if (!this.#waiting.has(uid)) {
      const message = `Failed to create pod sandbox: no address is left for pods in ${this.#context.network.podCidrs[0]}`;
      this.#context.recorder.record({
        about: pod,
        type: "Warning",
        reason: "FailedCreatePodSandBox",
        message,
      });
    }
    this.#waiting.set(uid, pod);
  }

  async #giveBack(podIPs: readonly string[]): Promise<void> {
    const { network, log } = this.#context;
    try {
      await network.giveBack(podIPs);
    } catch (error) {
      log.warn("Cannot take a pod's network away", { podIPs, error: (error as Error).message });
    }
  }

  async #remove({ metadata: { uid } }: Pod): Promise<void> {
    this.#waiting.delete(uid);
    const runner = this.#runners.get(uid);
    if (!runner) return;
    await runner.remove();
    this.#runners.delete(uid);
    await this.#giveBack(runner.podIPs);
    const [next] = this.#waiting.values();
    if (next && !this.#context.signal.aborted) this.#take(next);
  }
}
