/** Starts the components of a local cluster in their order, and stops them in the reverse one. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../lib/clock.ts";
import type { ComponentPlan } from "./plan.ts";
import type { Site } from "./site.ts";
import { type ComponentEvent, SupervisedProcess } from "./supervised-process.ts";

export interface Supervisor {
  /** Resolves when every component of this rank has said once that it is ready. Rejects if one ends before. */
  start(rank: number): Promise<void>;
  stop(graceMs: number): Promise<void>;
  /** Ends everything now. */
  kill(): void;
}

export interface SupervisorOptions {
  readonly components: readonly ComponentPlan[];
  readonly dataDir: string;
  readonly clock: Clock;
  /** Calls `start` where a component is to run. */
  readonly enter: Site["enter"];
  readonly onEvent: (event: ComponentEvent) => void;
}

/** Launches all processes at once, so that they load side by side; `start` lets those of a rank run. */
export function createSupervisor({
  components,
  dataDir,
  clock,
  enter,
  onEvent,
}: SupervisorOptions): Supervisor {
  const directories = { logs: join(dataDir, "logs"), run: join(dataDir, "run") };
  for (const directory of Object.values(directories)) mkdirSync(directory, { recursive: true });
  const firstReady = new Map(components.map(({ name }) => [name, Promise.withResolvers<void>()]));
  // A component may fail before anybody waits for it.
  for (const { promise } of firstReady.values()) promise.catch(() => {});

  const processes = components.map(
    (plan) =>
      new SupervisedProcess({
        plan,
        clock,
        enter,
        logFile: join(directories.logs, `${plan.name}.log`),
        pidFile: join(directories.run, `${plan.name}.pid`),
        onEvent(event) {
          const waiting = firstReady.get(event.component);
          if (event.kind === "ready") waiting?.resolve();
          if (event.kind === "ended")
            waiting?.reject(new Error(`Cannot start ${event.component}: ${event.how}`));
          onEvent(event);
        },
      }),
  );

  return {
    async start(rank) {
      const starting = processes.filter(({ plan }) => plan.rank === rank);
      for (const component of starting) component.start();
      await Promise.all(starting.map(({ plan }) => firstReady.get(plan.name)?.promise));
    },
    async stop(graceMs) {
      const ranks = [...new Set(processes.map(({ plan }) => plan.rank))].sort((a, b) => b - a);
      for (const rank of ranks) {
        await Promise.all(
          processes.filter(({ plan }) => plan.rank === rank).map((component) => component.stop(graceMs)),
        );
      }
    },
    kill() {
      for (const component of processes) component.kill();
    },
  };
}
