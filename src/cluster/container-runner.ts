/** ContainerRunner: one container from its first start to its last end. */
import type { Container, ContainerState, ContainerStatus, LifecycleHandler, Probe } from "../api/pod.ts";
import type { Clock } from "../lib/clock.ts";
import { formatTime } from "../lib/rfc3339.ts";
import { announceImage } from "./announce-image.ts";
import type { ContainerLog } from "./container-log.ts";
import { ContainerLogs } from "./container-logs.ts";
import { type ContainerProbes, startContainerProbes } from "./container-probes.ts";
import {
  adoptProcess,
  type ContainerProcess,
  type ProcessExit,
  StartError,
  startProcess,
  unseenExit,
} from "./container-process.ts";
import {
  containerId,
  creating,
  initializing,
  makeContainerStatus,
  makeStartError,
  makeTerminated,
} from "./container-state.ts";
import { programOf } from "./image.ts";
import { describeImageFailure } from "./image-failure.ts";
import { planLaunch } from "./launch-plan.ts";
import { runHook } from "./lifecycle-hook.ts";
import type { PodSandbox } from "./network/pod-network.ts";
import type { ContainerRecord } from "./pod-record.ts";
import type { ProbeTarget } from "./probe.ts";
import { removeReadyFile, untilReadyFile } from "./ready-file.ts";
import { formatDelay, RestartBackOff, type RestartPolicy, restartsAfter } from "./restart-back-off.ts";

export interface ContainerRunnerOptions {
  readonly podUid: string;
  /** `web_default`, as a kubelet's messages name a pod. */
  readonly podLabel: string;
  readonly podIP: string;
  /** Where its processes are started; undefined once the pod is to end. */
  readonly sandbox: () => Promise<PodSandbox | undefined>;
  readonly container: Container;
  readonly restartPolicy: RestartPolicy;
  /** The pod's terminationGracePeriodSeconds. */
  readonly graceMs: number;
  readonly logFile: string;
  readonly clock: Clock;
  readonly crashBackOffMs: number;
  /** Rejects when something that it refers to is not there (yet). */
  readonly environment: () => Promise<Record<string, string>>;
  readonly echoCommand: readonly string[];
  /** Why a container that failed may have done so, if the machine or the container can tell. */
  readonly explainExit: () => Promise<string | undefined>;
  readonly onChange: () => void;
  readonly onEvent: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

const configRetryMs = 2000;
/** A postStart hook may take as long as it likes; this bounds one that never ends. */
const longestPostStartMs = 600_000;

export class ContainerRunner {
  readonly #options: ContainerRunnerOptions;
  readonly #backOff: RestartBackOff;
  readonly #imageBackOff: RestartBackOff;
  #state: ContainerState = initializing;
  #lastState: ContainerState | undefined;
  #restartCount = 0;
  #started = false;
  #ready = false;
  #process: ContainerProcess | undefined;
  #probes: ContainerProbes | undefined;
  #env: Promise<Record<string, string>> | undefined;
  readonly #logs: ContainerLogs;
  #run = new AbortController();
  #launching: Promise<void> = Promise.resolve();
  #cancelRestart = () => {};
  #cancelKill = () => {};
  #killAtMs = Number.POSITIVE_INFINITY;
  #stopping = false;
  readonly #ended = Promise.withResolvers<void>();
  readonly #startedOnce = Promise.withResolvers<void>();

  constructor(options: ContainerRunnerOptions) {
    this.#options = options;
    this.#logs = new ContainerLogs(options.logFile, options.clock);
    this.#backOff = new RestartBackOff(options.crashBackOffMs);
    this.#imageBackOff = new RestartBackOff(options.crashBackOffMs);
  }

  get container(): Container {
    return this.#options.container;
  }
  get state(): ContainerState {
    return this.#state;
  }

  get record(): ContainerRecord {
    return {
      ...(this.#process ? { process: this.#process.identity } : {}),
      state: this.#state,
      ...(this.#lastState ? { lastState: this.#lastState } : {}),
      restartCount: this.#restartCount,
      ready: this.#ready,
      started: this.#started,
    };
  }

  /** Fires when the present run has ended. */
  get run(): AbortSignal {
    return this.#run.signal;
  }

  /** Resolves when it has ended and is not started again. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Resolves when it runs and its startup probe has passed, or when it has ended. */
  get startedOrEnded(): Promise<void> {
    return Promise.race([this.#startedOnce.promise, this.#ended.promise]);
  }

  /** What its probes, hooks and `kubectl exec` need. */
  get target(): ProbeTarget {
    const { container, podIP, sandbox } = this.#options;
    return { container, podIP, sandbox, environment: () => this.#environment() };
  }

  get #readyFile(): string {
    return `${this.#options.logFile}.ready`;
  }

  status(): ContainerStatus {
    return makeContainerStatus(this.container, this.#options.podUid, this.record);
  }

  /** What it prints, or what its last run printed; undefined if there is no such run. */
  log(previous: boolean): ContainerLog | undefined {
    return previous ? this.#logs.previous : this.#logs.current;
  }

  /** Starts it, or goes on with what an agent before this one has written down. */
  async start(record: ContainerRecord | undefined): Promise<void> {
    if (!record || (record.state.waiting && !record.lastState)) return this.#launch();
    this.#restartCount = record.restartCount;
    this.#lastState = record.lastState;
    this.#state = record.state;
    this.#logs.find(this.#run.signal);
    const { terminated, running } = record.state;
    const adopted = record.process && adoptProcess(record.process, this.#options.clock);
    if (adopted && running) {
      this.#ready = record.ready;
      this.#started = record.started;
      return this.#watch(adopted);
    }
    if (terminated) return this.#afterExit(terminated.exitCode, 0);
    if (running) return this.#onExit(unseenExit);
    this.#restart();
  }

  /**
   * Runs its preStop hook, sends SIGTERM, and SIGKILL after the grace period. Resolves when it has ended. Called again, it can
   * only shorten the grace period.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock, container, onEvent } = this.#options;
    const isFirst = !this.#stopping;
    this.#stopping = true;
    this.#cancelRestart();
    this.#probes?.stopLiveness();
    await this.#launching;
    const running = this.#process;
    if (!running) {
      this.#run.abort();
      this.#ended.resolve();
      return;
    }
    const killAtMs = clock.now() + graceMs;
    if (killAtMs < this.#killAtMs) {
      this.#killAtMs = killAtMs;
      this.#cancelKill();
      this.#cancelKill = clock.after(graceMs, () => running.signal("SIGKILL"));
    }
    if (isFirst) {
      onEvent("Normal", "Killing", `Stopping container ${container.name}`);
      await this.#terminate(running, graceMs);
    }
    await this.#ended.promise;
  }

  #launch(): void {
    this.#launching = this.#launchNow();
  }

  async #launchNow(): Promise<void> {
    const { container, onEvent, echoCommand, clock } = this.#options;
    const program = programOf(container);
    if (program.kind === "unknown-image") return this.#cannotPull(program.message);
    if (this.#state.waiting?.reason === initializing.waiting?.reason) this.#state = creating;
    this.#env = undefined;
    try {
      const env = await this.#environment();
      const sandbox = await this.#options.sandbox();
      if (this.#stopping || !sandbox) return;
      announceImage(container, program, this.#restartCount === 0, onEvent);
      this.#logs.rotate();
      removeReadyFile(this.#readyFile);
      const plan = planLaunch(container, program, env, {
        echoCommand,
        readyFile: this.#readyFile,
        listenAddress: sandbox.listenAddress,
      });
      const started = await startProcess({ ...plan, sandbox, logFile: this.#logs.file });
      this.#state = { running: { startedAt: formatTime(clock.now()) } };
      this.#watch(started);
      onEvent("Normal", "Started", "Container started");
    } catch (error) {
      if (error instanceof StartError) this.#startFailed(error.message);
      else this.#configFailed((error as Error).message);
    }
  }

  #environment(): Promise<Record<string, string>> {
    if (this.#env !== undefined) return this.#env;
    const env = this.#options.environment();
    this.#env = env;
    env.catch(() => {
      if (this.#env === env) this.#env = undefined;
    });
    return env;
  }

  #watch(running: ContainerProcess): void {
    const { container } = this.#options;
    this.#run = new AbortController();
    this.#logs.follow(this.#run.signal);
    const isAdopted = this.#started;
    this.#process = running;
    void running.exited.then((exit) => this.#onExit(exit));
    // Written down before anything else happens: from here on the next agent can find the process.
    this.#options.onChange();
    void this.#whenItRuns(running, isAdopted ? undefined : container.lifecycle?.postStart);
  }

  async #whenItRuns(running: ContainerProcess, postStart: LifecycleHandler | undefined): Promise<void> {
    const { container } = this.#options;
    // The built-in image says itself when it listens: without a probe it would pass for ready before.
    if (programOf(container).kind === "echo") await untilReadyFile(this.#readyFile, this.#run.signal);
    if (this.#process !== running) return;
    if (postStart) await this.#startWithHook(running, postStart);
    else this.#startProbes(running);
  }

  async #startWithHook(running: ContainerProcess, postStart: LifecycleHandler): Promise<void> {
    const { clock, onEvent, graceMs } = this.#options;
    const result = await runHook(postStart, this.target, longestPostStartMs, clock, this.#run.signal);
    if (this.#process !== running) return;
    if (result.success) return this.#startProbes(running);
    onEvent("Warning", "FailedPostStartHook", `PostStartHook failed: ${result.output}`);
    this.#kill(running, "FailedPostStartHook", graceMs);
  }

  #startProbes(running: ContainerProcess): void {
    const { clock, onEvent, graceMs, container } = this.#options;
    if (this.#stopping) return;
    this.#probes = startContainerProbes({
      target: this.target,
      clock,
      started: this.#started,
      ready: this.#ready,
      onStarted: () => {
        this.#started = true;
        this.#startedOnce.resolve();
        this.#options.onChange();
      },
      onReady: (ready) => {
        if (this.#ready === ready) return;
        this.#ready = ready;
        this.#options.onChange();
      },
      onUnhealthy: (why: string, probe: Probe) => {
        const seconds = probe.terminationGracePeriodSeconds;
        const message = `Container ${container.name} ${why}, will be restarted`;
        this.#kill(running, message, seconds === undefined ? graceMs : seconds * 1000);
      },
      onEvent,
    });
    if (this.#started) this.#startedOnce.resolve();
  }

  /** Ends a run that is not well; what follows is up to the restart policy. */
  #kill(running: ContainerProcess, why: string, graceMs: number): void {
    const { clock, onEvent } = this.#options;
    this.#probes?.stop();
    onEvent("Normal", "Killing", why);
    const cancel = clock.after(graceMs, () => running.signal("SIGKILL"));
    this.#run.signal.addEventListener("abort", cancel, { once: true });
    void this.#terminate(running, graceMs);
  }

  async #terminate(running: ContainerProcess, graceMs: number): Promise<void> {
    const { container, clock, onEvent } = this.#options;
    const preStop = container.lifecycle?.preStop;
    if (preStop && graceMs > 0) {
      const result = await runHook(preStop, this.target, graceMs, clock, this.#run.signal);
      if (!result.success && !this.#run.signal.aborted)
        onEvent("Warning", "FailedPreStopHook", `PreStopHook failed: ${result.output}`);
    }
    running.signal("SIGTERM");
  }

  async #onExit(exit: ProcessExit): Promise<void> {
    const { clock, podUid, container } = this.#options;
    this.#probes?.stop();
    this.#run.abort();
    this.#cancelKill();
    this.#ready = false;
    this.#started = false;
    const isFailure = exit.exitCode !== 0 && !exit.unseen && !this.#stopping;
    const message = isFailure ? await this.#options.explainExit().catch(() => undefined) : undefined;
    this.#process = undefined;
    const nowMs = clock.now();
    const startedAt = this.#state.running?.startedAt;
    const containerID = containerId(podUid, container.name, this.#restartCount);
    this.#state = { terminated: makeTerminated({ exit, message, startedAt, nowMs, containerID }) };
    this.#afterExit(exit.exitCode, nowMs - Date.parse(startedAt ?? ""));
  }

  #afterExit(exitCode: number, ranMs: number): void {
    const { restartPolicy } = this.#options;
    this.#run.abort();
    if (this.#stopping || !restartsAfter(restartPolicy, exitCode)) this.#ended.resolve();
    else this.#restartLater(ranMs);
    this.#options.onChange();
  }

  #restartLater(ranMs: number): void {
    const { clock, container, podLabel, podUid, onEvent } = this.#options;
    const delayMs = this.#backOff.next(ranMs);
    if (delayMs > 0) {
      if (this.#state.terminated) this.#lastState = this.#state;
      const what = `restarting failed container=${container.name} pod=${podLabel}(${podUid})`;
      const message = `back-off ${formatDelay(delayMs)} ${what}`;
      this.#state = { waiting: { reason: "CrashLoopBackOff", message } };
      const text = `Back-off restarting failed container ${container.name} in pod ${podLabel}(${podUid})`;
      onEvent("Warning", "BackOff", text);
    }
    this.#cancelRestart = clock.after(delayMs, () => this.#restart());
  }

  #restart(): void {
    if (this.#stopping) return;
    if (this.#state.terminated) this.#lastState = this.#state;
    this.#restartCount++;
    this.#launch();
  }

  #cannotPull(why: string): void {
    const { clock, container, onEvent } = this.#options;
    const failure = describeImageFailure(container.image ?? "", why, this.#state);
    for (const { type, reason, message } of failure.events) onEvent(type, reason, message);
    this.#state = failure.state;
    const delayMs = this.#imageBackOff.next(0) || this.#options.crashBackOffMs;
    this.#cancelRestart = clock.after(delayMs, () => this.#launch());
    this.#options.onChange();
  }

  #configFailed(message: string): void {
    this.#options.onEvent("Warning", "Failed", `Error: ${message}`);
    this.#state = { waiting: { reason: "CreateContainerConfigError", message } };
    this.#cancelRestart = this.#options.clock.after(configRetryMs, () => this.#launch());
    this.#options.onChange();
  }

  #startFailed(message: string): void {
    const { clock, onEvent, container, podUid, restartPolicy } = this.#options;
    const text = `failed to start container "${container.name}": ${message}`;
    onEvent("Warning", "Failed", `Error: ${text}`);
    const containerID = containerId(podUid, container.name, this.#restartCount);
    const terminated = makeStartError(message, clock.now(), containerID);
    this.#state = { terminated };
    if (!this.#stopping && restartsAfter(restartPolicy, terminated.exitCode)) {
      this.#lastState = this.#state;
      this.#state = { waiting: { reason: "RunContainerError", message: text } };
    }
    this.#afterExit(terminated.exitCode, 0);
  }
}
