/** ContainerRunner: one container from its first start to its last end. */
import { existsSync, renameSync } from "node:fs";
import type { Container, ContainerState, ContainerStatus, PodSpec, Probe } from "../api/pod.ts";
import type { Clock } from "../lib/clock.ts";
import { formatTime } from "../lib/rfc3339.ts";
import type { ContainerLog } from "./agent-server.ts";
import {
  adoptProcess,
  type ContainerProcess,
  type ProcessExit,
  StartError,
  startProcess,
} from "./container-process.ts";
import { programOf } from "./image.ts";
import { ContainerConfigError } from "./pod-environment.ts";
import type { ContainerRecord } from "./pod-record.ts";
import { type ProbeTarget, probeCommand, runProbe } from "./probe.ts";
import { startProbeLoop } from "./probe-loop.ts";

export interface ContainerRunnerOptions {
  readonly podUid: string;
  readonly podLabel: string;
  readonly podIP: string;
  readonly container: Container;
  readonly restartPolicy: NonNullable<PodSpec["restartPolicy"]>;
  readonly logFile: string;
  readonly clock: Clock;
  readonly crashBackOffMs: number;
  readonly environment: () => Promise<Record<string, string>>;
  readonly echoCommand: readonly string[];
  /** Why an ended container may have failed, if the machine can tell: a port that somebody else holds. */
  readonly explainExit: () => Promise<string | undefined>;
  readonly onChange: () => void;
  readonly onEvent: (type: "Normal" | "Warning", reason: string, message: string) => void;
}

const longestCrashBackOffMs = 300_000;
/** A container that ran so long starts its back-off anew. */
const stableAfterMs = 600_000;
const configRetryMs = 2000;

export class ContainerRunner {
  readonly #options: ContainerRunnerOptions;
  #state: ContainerState = { waiting: { reason: "ContainerCreating" } };
  #lastState: ContainerState | undefined;
  #restartCount = 0;
  #crashes = 0;
  #process: ContainerProcess | undefined;
  #target: ProbeTarget | undefined;
  #started = false;
  #ready = false;
  #probing = new AbortController();
  #logging = new AbortController();
  #stopping = false;
  #cancelRestart = () => {};
  readonly #ended = Promise.withResolvers<void>();

  constructor(options: ContainerRunnerOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.container.name;
  }

  get record(): ContainerRecord {
    return {
      ...(this.#process ? { process: this.#process.identity } : {}),
      state: this.#state,
      ...(this.#lastState ? { lastState: this.#lastState } : {}),
      restartCount: this.#restartCount,
    };
  }

  get isReady(): boolean {
    return this.#ready;
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** True when it has ended and its pod's restart policy does not start it again. */
  get isOver(): boolean {
    return this.#state.terminated !== undefined && !this.#restarts(this.#state.terminated.exitCode);
  }

  /** Resolves when it is over, or stopped. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  status(): ContainerStatus {
    const { container, podUid } = this.#options;
    const image = container.image ?? "";
    const runs = this.#state.running !== undefined || this.#state.terminated !== undefined;
    return {
      name: container.name,
      state: this.#state,
      lastState: this.#lastState ?? {},
      ready: this.#ready,
      started: this.#started,
      restartCount: this.#restartCount,
      image,
      imageID: runs ? image : "",
      ...(runs ? { containerID: `process://${podUid}/${container.name}/${this.#restartCount}` } : {}),
    };
  }

  /** What it prints, or what its last run printed. */
  log(previous: boolean): ContainerLog {
    const { logFile } = this.#options;
    return previous
      ? { file: previousLog(logFile), ended: AbortSignal.abort() }
      : { file: logFile, ended: this.#logging.signal };
  }

  /** Starts it, or goes on with the process that an agent before this one started. */
  async start(record: ContainerRecord | undefined): Promise<void> {
    if (!record) return this.#launch();
    this.#restartCount = record.restartCount;
    this.#lastState = record.lastState;
    this.#state = record.state;
    if (record.state.terminated) return this.#afterExit(record.state.terminated.exitCode, 0);
    if (!record.process) return this.#launch();
    const adopted = adoptProcess(record.process, this.#options.clock);
    const env = await this.#options.environment().catch(() => ({}));
    this.#target = { container: this.#options.container, podIP: this.#options.podIP, env };
    if (adopted) return this.#watch(adopted, Date.parse(record.state.running?.startedAt ?? ""));
    await this.#onExit({ exitCode: 137, unseen: true }, Date.parse(record.state.running?.startedAt ?? ""));
  }

  /** Runs its preStop hook, then SIGTERM, then after the grace period SIGKILL. Resolves when it has ended. */
  async stop(graceMs: number): Promise<void> {
    const { clock, container, onEvent } = this.#options;
    this.#stopping = true;
    this.#cancelRestart();
    this.#probing.abort();
    const running = this.#process;
    if (!running || !this.#state.running) {
      this.#ended.resolve();
      return;
    }
    onEvent("Normal", "Killing", `Stopping container ${container.name}`);
    const cancelKill = clock.after(graceMs, () => running.signal("SIGKILL"));
    await this.#hook(container.lifecycle?.preStop, graceMs);
    running.signal("SIGTERM");
    await this.#ended.promise;
    cancelKill();
  }

  /** Ends it now; the agent has no business with it any more. */
  kill(): void {
    this.#stopping = true;
    this.#cancelRestart();
    this.#probing.abort();
    this.#process?.signal("SIGKILL");
  }

  async #launch(): Promise<void> {
    const { container, logFile, onEvent, onChange, podIP, clock, echoCommand } = this.#options;
    const program = programOf(container);
    if (program.kind === "unknown-image") return this.#cannotPull(program.message);
    try {
      const env = await this.#options.environment();
      if (this.#stopping) return;
      this.#target = { container, podIP, env };
      if (existsSync(logFile)) renameSync(logFile, previousLog(logFile));
      const argv = program.kind === "echo" ? [...echoCommand, ...program.args] : program.argv;
      const started = await startProcess({
        argv,
        env: program.kind === "echo" ? { ...env, ...echoEnvironment() } : env,
        ...(container.workingDir === undefined ? {} : { workingDir: container.workingDir }),
        logFile,
      });
      onEvent("Normal", "Started", `Container started`);
      const now = clock.now();
      this.#state = { running: { startedAt: formatTime(now) } };
      this.#watch(started, now);
      void this.#hook(container.lifecycle?.postStart, longestCrashBackOffMs);
    } catch (error) {
      this.#startFailed(error);
      onChange();
    }
  }

  #watch(process_: ContainerProcess, startedAtMs: number): void {
    this.#process = process_;
    void process_.exited.then((exit) => this.#onExit(exit, startedAtMs));
    this.#probing = new AbortController();
    this.#logging = new AbortController();
    const { startupProbe } = this.#options.container;
    if (startupProbe) {
      this.#loop(startupProbe, "Startup", true, (passes) => {
        if (this.#started) return;
        if (passes) this.#onStarted();
        else this.#restartUnhealthy("failed startup probe");
      });
    } else this.#onStarted();
    this.#options.onChange();
    if (this.#stopping) process_.signal("SIGKILL");
  }

  #onStarted(): void {
    const { container, podIP } = this.#options;
    this.#started = true;
    const implicit: Probe | undefined =
      programOf(container).kind === "echo"
        ? { tcpSocket: { host: podIP, port: echoPort(container) }, periodSeconds: 1 }
        : undefined;
    const readiness = container.readinessProbe ?? implicit;
    if (readiness) {
      this.#loop(readiness, "Readiness", true, (passes) => {
        if (this.#ready === passes) return;
        this.#ready = passes;
        this.#options.onChange();
      });
    } else this.#ready = true;
    if (container.livenessProbe) {
      this.#loop(container.livenessProbe, "Liveness", false, (passes) => {
        if (!passes) this.#restartUnhealthy("failed liveness probe");
      });
    }
    this.#options.onChange();
  }

  #loop(probe: Probe, kind: string, eager: boolean, onVerdict: (passes: boolean) => void): void {
    if (!this.#target) return;
    startProbeLoop({
      probe,
      target: this.#target,
      clock: this.#options.clock,
      signal: this.#probing.signal,
      eager,
      onVerdict,
      onFailure: (output) => this.#options.onEvent("Warning", "Unhealthy", `${kind} probe failed: ${output}`),
    });
  }

  #restartUnhealthy(why: string): void {
    const { container, clock, onEvent } = this.#options;
    const running = this.#process;
    if (!running) return;
    this.#probing.abort();
    onEvent("Normal", "Killing", `Container ${container.name} ${why}, will be restarted`);
    running.signal("SIGTERM");
    const cancel = clock.after(unhealthyGraceMs, () => running.signal("SIGKILL"));
    void running.exited.then(cancel);
  }

  async #onExit(exit: ProcessExit, startedAtMs: number): Promise<void> {
    const { clock, podUid, container } = this.#options;
    this.#probing.abort();
    this.#logging.abort();
    this.#process = undefined;
    this.#started = false;
    this.#ready = false;
    const failed = exit.exitCode !== 0;
    const why = failed && !this.#stopping ? await this.#options.explainExit() : undefined;
    const now = clock.now();
    this.#state = {
      terminated: {
        exitCode: exit.exitCode,
        ...(exit.signal === undefined ? {} : { signal: exit.signal }),
        reason: exit.unseen ? "ContainerStatusUnknown" : failed ? "Error" : "Completed",
        ...(exit.unseen
          ? { message: "The container ended while no agent ran; its exit code is not known" }
          : why
            ? { message: why }
            : {}),
        startedAt: Number.isNaN(startedAtMs) ? null : formatTime(startedAtMs),
        finishedAt: formatTime(now),
        containerID: `process://${podUid}/${container.name}/${this.#restartCount}`,
      },
    };
    this.#afterExit(exit.exitCode, now - startedAtMs);
  }

  #afterExit(exitCode: number, ranMs: number): void {
    if (this.#stopping || !this.#restarts(exitCode)) this.#ended.resolve();
    else this.#restartLater(ranMs);
    this.#options.onChange();
  }

  #restarts(exitCode: number): boolean {
    const { restartPolicy } = this.#options;
    return restartPolicy === "Always" || (restartPolicy === "OnFailure" && exitCode !== 0);
  }

  /** The first restart comes at once, the next ones after 10 s, 20 s, … as a kubelet does it. */
  #restartLater(ranMs: number): void {
    const { clock, crashBackOffMs, container, podLabel, podUid, onEvent } = this.#options;
    if (ranMs > stableAfterMs) this.#crashes = 0;
    const delayMs =
      this.#crashes === 0 ? 0 : Math.min(crashBackOffMs * 2 ** (this.#crashes - 1), longestCrashBackOffMs);
    this.#crashes++;
    if (delayMs > 0) {
      this.#lastState = this.#state;
      const message = `back-off ${delayMs / 1000}s restarting failed container=${container.name} pod=${podLabel}(${podUid})`;
      this.#state = { waiting: { reason: "CrashLoopBackOff", message } };
      onEvent(
        "Warning",
        "BackOff",
        `Back-off restarting failed container ${container.name} in pod ${podLabel}(${podUid})`,
      );
    }
    this.#cancelRestart = clock.after(delayMs, () => {
      if (this.#state.terminated) this.#lastState = this.#state;
      this.#restartCount++;
      void this.#launch();
    });
  }

  #cannotPull(message: string): void {
    const { clock, onEvent, onChange, crashBackOffMs } = this.#options;
    const again = this.#state.waiting?.reason !== "ContainerCreating";
    if (!again) onEvent("Warning", "Failed", `Error: ErrImagePull: ${message}`);
    this.#state = { waiting: { reason: again ? "ImagePullBackOff" : "ErrImagePull", message } };
    this.#cancelRestart = clock.after(crashBackOffMs, () => void this.#launch());
    onChange();
  }

  #startFailed(error: unknown): void {
    const { clock, onEvent, container } = this.#options;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof ContainerConfigError) {
      onEvent("Warning", "Failed", `Error: ${message}`);
      this.#state = { waiting: { reason: "CreateContainerConfigError", message } };
      this.#cancelRestart = clock.after(configRetryMs, () => void this.#launch());
      return;
    }
    onEvent("Warning", "Failed", `Error: failed to start container "${container.name}": ${message}`);
    const now = formatTime(clock.now());
    const reason = error instanceof StartError ? "StartError" : "ContainerCannotRun";
    // 128 is what container runtimes report for a program that could not be run.
    this.#state = { terminated: { exitCode: 128, reason, message, startedAt: now, finishedAt: now } };
    if (this.#restarts(128)) this.#restartLater(0);
    else this.#ended.resolve();
  }

  async #hook(handler: NonNullable<Container["lifecycle"]>["preStop"], timeoutMs: number): Promise<void> {
    if (!handler || !this.#target) return;
    if (handler.sleep) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#options.clock.after(Math.min(handler.sleep.seconds * 1000, timeoutMs), resolve);
      await promise;
    }
    const timeoutSeconds = timeoutMs / 1000;
    const result = handler.exec
      ? await probeCommand(handler.exec.command ?? [], this.#target, timeoutMs)
      : handler.httpGet
        ? await runProbe({ httpGet: handler.httpGet, timeoutSeconds }, this.#target)
        : { success: true, output: "" };
    if (!result.success) this.#options.onEvent("Warning", "FailedPreStopHook", result.output);
  }
}

const unhealthyGraceMs = 30_000;

function previousLog(logFile: string): string {
  return `${logFile}.previous`;
}

function echoPort(container: Container): number {
  const args = container.args ?? [];
  const index = args.indexOf("--port");
  return Number(index >= 0 ? args[index + 1] : (container.ports?.[0]?.containerPort ?? 8080));
}

/** The built-in image is code of this checkout: it starts faster with the code cache that this process has. */
function echoEnvironment(): Record<string, string> {
  const cache = process.env["NODE_COMPILE_CACHE"];
  return cache === undefined ? {} : { NODE_COMPILE_CACHE: cache };
}
