/** PodRunner: one pod on this node, from the first container's start to the deletion of its object. */
import { join } from "node:path";
import type { Container, Pod, PodStatus } from "../api/pod.ts";
import { isConflict, pods } from "../client/index.ts";
import { createBackOff } from "../lib/back-off.ts";
import { formatTime } from "../lib/rfc3339.ts";
import { wait } from "../lib/wait.ts";
import { isAlive } from "./container-process.ts";
import { ContainerRunner } from "./container-runner.ts";
import { readLastWords } from "./last-words.ts";
import { OpeningSandbox } from "./network/opening-sandbox.ts";
import type { PodSandbox } from "./network/pod-network.ts";
import type { NodeContext } from "./node-context.ts";
import { buildEnvironment } from "./pod-environment.ts";
import { forgetPod, type PodRecord, writePodRecord } from "./pod-record.ts";
import { isSidecar, makePodStatus } from "./pod-status.ts";
import { killLeftovers } from "./previous-pods.ts";
import { StatusWriter } from "./status-writer.ts";
import { explainTakenPort } from "./taken-port.ts";

const defaultGraceSeconds = 30;
const deleteRetry = { firstMs: 200, maxMs: 5000 };

export class PodRunner {
  readonly #context: NodeContext;
  readonly #podDir: string;
  readonly #podIPs: readonly string[];
  readonly #startTime: string;
  readonly #initContainers: readonly ContainerRunner[];
  readonly #containers: readonly ContainerRunner[];
  readonly #status: StatusWriter;
  readonly #sandbox: OpeningSandbox;
  /** Fires when the pod is to end, for whatever reason. */
  readonly #stopping = new AbortController();
  #pod: Pod;
  #removed = false;
  #isDeleting = false;

  constructor(context: NodeContext, pod: Pod, podIPs: readonly string[], record: PodRecord | undefined) {
    this.#context = context;
    this.#pod = pod;
    this.#podIPs = podIPs;
    this.#startTime = record?.startTime ?? formatTime(context.clock.now());
    this.#podDir = join(context.podsDir, pod.metadata.uid);
    this.#initContainers = (pod.spec.initContainers ?? []).map((container) => this.#runner(container, true));
    this.#containers = pod.spec.containers.map((container) => this.#runner(container, false));
    const { client, clock, log, signal } = context;
    this.#sandbox = this.#openSandbox(record);
    this.#status = new StatusWriter({
      client,
      pod,
      clock,
      log,
      signal,
      makeStatus: (previous) => this.#makeStatus(previous),
    });
    this.#writeRecord();
    if (!record) this.#warnOfMounts();
    void this.#run(record);
    if (pod.metadata.deletionTimestamp !== undefined) this.update(pod);
  }

  /** IPv4 first. */
  get podIPs(): readonly string[] {
    return this.#podIPs;
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** Where its processes run, once that is open; undefined if the pod is to end. */
  sandbox(): Promise<PodSandbox | undefined> {
    return this.#sandbox.whenOpen();
  }

  /** Undefined if the pod has no such container. */
  container(name: string): ContainerRunner | undefined {
    return this.#all.find(({ container }) => container.name === name);
  }

  get #all(): readonly ContainerRunner[] {
    return [...this.#initContainers, ...this.#containers];
  }

  /** The object has changed. */
  update(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp === undefined) {
      this.#status.check(pod);
      return;
    }
    const graceSeconds = pod.metadata.deletionGracePeriodSeconds ?? defaultGraceSeconds;
    if (this.#isDeleting) void this.stop(graceSeconds * 1000);
    else void this.#delete(graceSeconds * 1000);
  }

  /** The object is gone: nobody waits for the pod any more. Resolves when its processes have ended. */
  async remove(): Promise<void> {
    this.#removed = true;
    await this.stop(0);
    forgetPod(this.#context.podsDir, this.#pod.metadata.uid);
  }

  /** Ends all containers, those that run beside the others last; the object stays. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#containers.map((container) => container.stop(graceMs)));
    await Promise.all(this.#initContainers.map((container) => container.stop(graceMs)));
    await killLeftovers(this.#pod.metadata.uid);
  }

  /** Resolves when the status as of now has been written, or cannot be. */
  writeStatus(): Promise<void> {
    return this.#status.write();
  }

  async #run(record: PodRecord | undefined): Promise<void> {
    const { signal } = this.#stopping;
    const recorded = (container: ContainerRunner) => record?.containers[container.container.name];
    // An agent that was killed may have left them running, whatever the order says now.
    const isAdopted = this.#containers.some((container) => recorded(container)?.state.waiting === undefined);
    for (const init of this.#initContainers) {
      const before = recorded(init);
      if (signal.aborted && !before?.process) continue;
      await init.start(before);
      if (record && isAdopted) continue;
      await (isSidecar(init.container) ? init.startedOrEnded : init.ended);
      if (!isSidecar(init.container) && init.state.terminated?.exitCode !== 0) {
        if (!signal.aborted) this.#changed();
        return;
      }
    }
    // A pod that is being deleted is not begun; what runs of it is taken over, to be stopped.
    const mine = this.#containers.filter((container) => !signal.aborted || recorded(container)?.process);
    await Promise.all(mine.map((container) => container.start(recorded(container))));
    if (this.#pod.spec.restartPolicy === undefined || this.#pod.spec.restartPolicy === "Always") return;
    await Promise.all(this.#containers.map(({ ended }) => ended));
    const graceMs = this.#graceMs;
    await Promise.all(this.#initContainers.map((container) => container.stop(graceMs)));
    this.#changed();
  }

  get #graceMs(): number {
    return (this.#pod.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000;
  }

  /** Stops the pod, says how it ended, and takes its object away. */
  async #delete(graceMs: number): Promise<void> {
    this.#isDeleting = true;
    await this.stop(graceMs);
    await this.#status.write();
    const { client, log, clock, signal } = this.#context;
    const { name, namespace = "default", uid } = this.#pod.metadata;
    const backOff = createBackOff({ ...deleteRetry, random: Math.random });
    while (!this.#removed && !this.#status.gone && !signal.aborted) {
      try {
        return await client.delete(
          pods,
          { name, namespace },
          { gracePeriodSeconds: 0, preconditions: { uid } },
        );
      } catch (error) {
        // Another pod has this name by now.
        if (isConflict(error)) return;
        log.warn("Cannot delete pod", { pod: `${namespace}/${name}`, error: (error as Error).message });
      }
      await wait(clock, backOff.nextMs(), signal);
    }
  }

  #openSandbox(record: PodRecord | undefined): OpeningSandbox {
    const { network, clock, recorder } = this.#context;
    const processes = Object.values(record?.containers ?? {}).flatMap(({ process }) => process ?? []);
    const isRunning = processes.some(isAlive);
    const { hostNetwork } = this.#pod.spec;
    return new OpeningSandbox({
      open: async () => (hostNetwork ? network.node : network.open(this.#podIPs, isRunning)),
      onFailure: (why) =>
        recorder.record({
          about: this.#pod,
          type: "Warning",
          reason: "FailedCreatePodSandBox",
          message: `Failed to create pod sandbox: ${why}`,
        }),
      clock,
      signal: this.#stopping.signal,
    });
  }

  /** In a network of its own only the pod itself can have taken its ports. */
  async #explainTakenPort(container: Container): Promise<string | undefined> {
    const sandbox = await this.sandbox();
    return sandbox?.hasOwnPorts ? undefined : explainTakenPort(container, this.#podIPs[0] ?? "");
  }

  #runner(container: Container, isInit: boolean): ContainerRunner {
    const { clock, nodeName, addresses, crashBackOffMs, echoCommand, recorder, readData } = this.#context;
    const { uid, name, namespace = "default" } = this.#pod.metadata;
    const policy = this.#pod.spec.restartPolicy ?? "Always";
    const initPolicy = isSidecar(container) ? "Always" : policy === "Always" ? "OnFailure" : policy;
    const place = { podIPs: this.#podIPs, nodeName, hostIPs: addresses };
    const fieldPath = `spec.${isInit ? "initContainers" : "containers"}{${container.name}}`;
    const about = { apiVersion: "v1", kind: "Pod", name, namespace, uid, fieldPath };
    const logFile = join(this.#podDir, `${container.name}.log`);
    return new ContainerRunner({
      podUid: uid,
      podLabel: `${name}_${namespace}`,
      podIP: this.#podIPs[0] ?? "",
      sandbox: () => this.sandbox(),
      container,
      restartPolicy: isInit ? initPolicy : policy,
      graceMs: this.#graceMs,
      logFile,
      clock,
      crashBackOffMs,
      echoCommand,
      environment: () => buildEnvironment(this.#pod, container, place, readData(namespace)),
      explainExit: async () => {
        const taken = await this.#explainTakenPort(container);
        if (!taken) return readLastWords(container, logFile);
        const message = `Error: container "${container.name}" ended: ${taken}`;
        recorder.record({ about, type: "Warning", reason: "Failed", message });
        return taken;
      },
      onChange: () => this.#changed(),
      onEvent: (type, reason, message) => recorder.record({ about, type, reason, message }),
    });
  }

  /** Programs see the machine's own files: nothing can be put at a path of theirs without privileges. */
  #warnOfMounts(): void {
    const containers = [...(this.#pod.spec.initContainers ?? []), ...this.#pod.spec.containers];
    const paths = containers.flatMap(({ volumeMounts = [] }) =>
      volumeMounts.map(({ mountPath }) => mountPath),
    );
    if (paths.length === 0) return;
    const message = `Nothing is mounted at ${[...new Set(paths)].join(", ")}: pods are processes of this machine and see its files; use env with configMapKeyRef or secretKeyRef`;
    this.#context.recorder.record({ about: this.#pod, type: "Warning", reason: "FailedMount", message });
  }

  #changed(): void {
    if (this.#removed) return;
    this.#writeRecord();
    void this.#status.write();
  }

  #writeRecord(): void {
    const { uid, name, namespace = "default" } = this.#pod.metadata;
    const containers = this.#all.map(({ container, record }) => [container.name, record]);
    writePodRecord(this.#podDir, {
      uid,
      name,
      namespace,
      podIPs: this.#podIPs,
      startTime: this.#startTime,
      containers: Object.fromEntries(containers),
    });
  }

  #makeStatus(previous: PodStatus | undefined): PodStatus {
    return makePodStatus({
      pod: this.#pod,
      podIPs: this.#podIPs,
      hostIPs: this.#context.addresses,
      startTime: this.#startTime,
      initContainers: this.#initContainers.map((container) => container.status()),
      containers: this.#containers.map((container) => container.status()),
      previous: previous?.conditions ?? this.#pod.status.conditions ?? [],
      nowMs: this.#context.clock.now(),
    });
  }
}
