/** SupervisedProcess: started, told to run, started again when it ends unasked, stopped when asked. */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";

import type { Clock } from "../../lib/clock.ts";
import { programFile } from "../../lib/package-files.ts";
import type { FromComponent, ToComponent } from "../lifecycle.ts";
import { type LogFile, openLogFile } from "./log-file.ts";
import type { ComponentPlan } from "./plan.ts";
import type { Site } from "./site.ts";

/** What a supervisor hears of its components. */
export type ComponentEvent =
  | { readonly kind: "ready"; readonly component: string; readonly detail: string }
  | { readonly kind: "ended"; readonly component: string; readonly how: string; readonly restartInMs: number }
  | { readonly kind: "log"; readonly component: string; readonly line: string };

export interface SupervisedProcessOptions {
  readonly plan: ComponentPlan;
  readonly logFile: string;
  readonly pidFile: string;
  readonly clock: Clock;
  /** Calls `start` where the component is to run. */
  readonly enter: Site["enter"];
  readonly onEvent: (event: ComponentEvent) => void;
}

const firstRestartDelayMs = 50;
const longestRestartDelayMs = 5000;
/** A process that ran so long is not in a crash loop. */
const healthyAfterMs = 10_000;

export class SupervisedProcess {
  readonly plan: ComponentPlan;
  readonly #options: SupervisedProcessOptions;
  readonly #log: LogFile;
  #child: ChildProcess;
  #gone = Promise.withResolvers<void>();
  #started = false;
  #stopping = false;
  #restartDelayMs = firstRestartDelayMs;
  #cancelRestart = () => {};

  /** Launches the process; it loads its code and waits for `start`. */
  constructor(options: SupervisedProcessOptions) {
    this.plan = options.plan;
    this.#options = options;
    this.#log = openLogFile(options.logFile);
    this.#child = this.#launch();
  }

  /** Lets it run: what it needs is there. */
  start(): void {
    this.#started = true;
    this.#send({ kind: "start" });
  }

  /** Asks it to end, and kills it after `graceMs`. Resolves once it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelRestart();
    if (isRunning(this.#child)) {
      this.#send({ kind: "stop" });
      const cancelKill = this.#options.clock.after(graceMs, () => this.#child.kill("SIGKILL"));
      await this.#gone.promise;
      cancelKill();
    }
    this.#log.close();
  }

  /** Ends it now. */
  kill(): void {
    this.#stopping = true;
    this.#cancelRestart();
    this.#child.kill("SIGKILL");
  }

  #launch(): ChildProcess {
    const { plan, clock, pidFile, onEvent, enter } = this.#options;
    const launchedAt = clock.now();
    const child = enter(plan.name, () =>
      spawn(process.execPath, [...process.execArgv, programFile("cli/main"), ...plan.args], {
        stdio: ["ignore", "ignore", "pipe", "ipc"],
      }),
    );
    if (child.pid !== undefined) writeFileSync(pidFile, `${child.pid}\n`);
    let failure = "";
    child.on("error", (error) => {
      failure = error.message;
    });
    child.on("message", (message: FromComponent) => {
      if (message.kind === "failed") failure = message.message;
      else onEvent({ kind: "ready", component: plan.name, detail: message.detail });
    });
    this.#log.follow(child.stderr, (line) => onEvent({ kind: "log", component: plan.name, line }));
    child.on("close", (code, signal) => {
      rmSync(pidFile, { force: true });
      this.#ended(
        failure || (signal ? `killed by ${signal}` : `exit status ${code}`),
        clock.now() - launchedAt,
      );
    });
    return child;
  }

  #ended(how: string, ranMs: number): void {
    if (this.#stopping) {
      this.#gone.resolve();
      return;
    }
    const { plan, clock, onEvent } = this.#options;
    if (ranMs > healthyAfterMs) this.#restartDelayMs = firstRestartDelayMs;
    onEvent({ kind: "ended", component: plan.name, how, restartInMs: this.#restartDelayMs });
    this.#cancelRestart = clock.after(this.#restartDelayMs, () => {
      this.#child = this.#launch();
      if (this.#started) this.#send({ kind: "start" });
    });
    this.#restartDelayMs = Math.min(this.#restartDelayMs * 2, longestRestartDelayMs);
  }

  /** A process that is just ending cannot be told anything; its end is an event of its own. */
  #send(message: ToComponent): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}
