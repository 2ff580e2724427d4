/** PodRunner: one pod on this node, from the first container's start to the deletion of its object. */

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Container, Pod, PodStatus } from "../api/pod.ts";
import { isConflict, isNotFound, pods } from "../client/index.ts";
import { formatTime } from "../lib/rfc3339.ts";
import type { ContainerLog } from "./agent-server.ts";
import { ContainerRunner } from "./container-runner.ts";
import type { NodeContext } from "./node-context.ts";
import { buildEnvironment } from "./pod-environment.ts";
import { type PodRecord, writePodRecord } from "./pod-record.ts";
import { makePodStatus } from "./pod-status.ts";
import { explainTakenPort } from "./taken-port.ts";

const defaultGraceSeconds = 30;
const statusRetryMs = 500;

export class PodRunner {
  readonly #context: NodeContext;
  readonly #podDir: string;
  readonly #podIP: string;
  readonly #startTime: string;
  readonly #initContainers: readonly ContainerRunner[];
  readonly #containers: readonly ContainerRunner[];
  #pod: Pod;
  #written: PodStatus | undefined;
  #writing = false;
  #dirty = false;
  #stopping = false;
  #gone = false;

  constructor(context: NodeContext, pod: Pod, podIP: string, record: PodRecord | undefined) {
    this.#context = context;
    this.#pod = pod;
    this.#podIP = podIP;
    this.#startTime = record?.startTime ?? formatTime(context.clock.now());
    this.#podDir = join(context.podsDir, pod.metadata.uid);
    mkdirSync(this.#podDir, { recursive: true, mode: 0o700 });
    this.#initContainers = (pod.spec.initContainers ?? []).map((container) => this.#runner(container, true));
    this.#containers = pod.spec.containers.map((container) => this.#runner(container, false));
    void this.#run(record);
  }

  get podIP(): string {
    return this.#podIP;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Undefined if the pod has no such container. */
  log(container: string, previous: boolean): ContainerLog | undefined {
    return this.#all.find(({ name }) => name === container)?.log(previous);
  }

  logFiles(): readonly string[] {
    return this.#all.map((container) => container.log(false).file);
  }

  get #all(): readonly ContainerRunner[] {
    return [...this.#initContainers, ...this.#containers];
  }

  /** The object has changed. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined && !this.#stopping) {
      const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? defaultGraceSeconds;
      void this.#terminate(graceSeconds * 1000);
    }
  }

  /** The object is gone: nobody waits for the pod any more. */
  async remove(): Promise<void> {
    this.#gone = true;
    await this.stop(0);
    rmSync(this.#podDir, { recursive: true, force: true });
  }

  /** Ends all containers; the object stays. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#all.map((container) => container.stop(graceMs)));
  }

  async #run(record: PodRecord | undefined): Promise<void> {
    for (const init of this.#initContainers) {
      await init.start(record?.containers[init.name]);
      await init.ended;
      if (this.#stopping || init.state.terminated?.exitCode !== 0) return;
    }
    await Promise.all(
      this.#containers.map((container) => container.start(record?.containers[container.name])),
    );
    if (this.#pod.metadata.deletionTimestamp !== undefined) this.update(this.#pod);
  }

  async #terminate(graceMs: number): Promise<void> {
    await this.stop(graceMs);
    await this.#writeStatus();
    const { client, log } = this.#context;
    const { name, namespace = "default", uid } = this.#pod.metadata;
    await client
      .delete(pods, { name, namespace }, { gracePeriodSeconds: 0, preconditions: { uid } })
      .catch((error: unknown) => {
        if (!isConflict(error))
          log.warn("Cannot delete pod", { pod: `${namespace}/${name}`, error: String(error) });
      });
  }

  #runner(container: Container, isInit: boolean): ContainerRunner {
    const { clock, nodeName, address, crashBackOffMs, echoCommand, recorder, readData } = this.#context;
    const { uid, name, namespace = "default" } = this.#pod.metadata;
    const policy = this.#pod.spec.restartPolicy ?? "Always";
    const place = { podIP: this.#podIP, nodeName, hostIP: address };
    return new ContainerRunner({
      podUid: uid,
      podLabel: `${name}_${namespace}`,
      podIP: this.#podIP,
      container,
      restartPolicy: isInit && policy === "Always" ? "OnFailure" : policy,
      logFile: join(this.#podDir, `${container.name}.log`),
      clock,
      crashBackOffMs,
      echoCommand,
      environment: () => buildEnvironment(this.#pod, container, place, readData(namespace)),
      explainExit: () => explainTakenPort(container, this.#podIP),
      onChange: () => this.#changed(),
      onEvent: (type, reason, message) => {
        const fieldPath = `spec.${isInit ? "initContainers" : "containers"}{${container.name}}`;
        const about = { apiVersion: "v1", kind: "Pod", name, namespace, uid, fieldPath };
        recorder.record({ about, type, reason, message });
      },
    });
  }

  #changed(): void {
    if (this.#gone) return;
    const { uid, name, namespace = "default" } = this.#pod.metadata;
    writePodRecord(this.#podDir, {
      uid,
      name,
      namespace,
      podIP: this.#podIP,
      startTime: this.#startTime,
      containers: Object.fromEntries(this.#all.map((container) => [container.name, container.record])),
    });
    this.#dirty = true;
    if (!this.#writing) void this.#writeStatus();
  }

  /** One write at a time, always of the newest state. */
  async #writeStatus(): Promise<void> {
    this.#writing = true;
    this.#dirty = false;
    const { client, clock, address, log, signal } = this.#context;
    const status = makePodStatus({
      pod: this.#pod,
      podIP: this.#podIP,
      hostIP: address,
      startTime: this.#startTime,
      initContainers: this.#initContainers.map((container) => container.status()),
      containers: this.#containers.map((container) => container.status()),
      nowMs: clock.now(),
    });
    const { name, namespace = "default", uid } = this.#pod.metadata;
    if (!this.#gone && !isDeepStrictEqual(status, this.#written)) {
      try {
        const patch = { metadata: { uid }, status };
        const written = await client.patch(pods, { name, namespace }, "merge", patch, {
          subresource: "status",
        });
        this.#written = status;
        if (this.#pod.metadata.deletionTimestamp === undefined) this.update(written);
      } catch (error) {
        if (isNotFound(error) || isConflict(error)) this.#gone = true;
        else if (!signal.aborted) {
          log.warn("Cannot write pod status", { pod: `${namespace}/${name}`, error: String(error) });
          clock.after(statusRetryMs, () => this.#changed());
        }
      }
    }
    this.#writing = false;
    if (this.#dirty) await this.#writeStatus();
  }
}
