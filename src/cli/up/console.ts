/** What `porthole up` shows: lines, with colour when it is a terminal that reads them. */
import type { WriteStream } from "node:tty";
import { painter } from "../paint.ts";
import { type AnsweringPort, urlsOf } from "./node-answers.ts";
import type { NodePlan } from "./site.ts";
import type { ComponentEvent } from "./supervised-process.ts";

export interface Console {
  componentEvent(event: ComponentEvent): void;
  /** A change in the cluster, as one line. */
  change(line: string): void;
  up(facts: UpFacts): void;
  /** Shows nothing more but the end: somebody else has the terminal. */
  mute(): void;
  stopping(): void;
  killing(): void;
}

export interface UpFacts {
  readonly nodes: readonly NodePlan[];
  readonly ports: readonly AnsweringPort[];
  readonly kubeconfig: string;
  /** What else there is to try, a line each. */
  readonly hints: readonly string[];
  /** Address of the page that shows the cluster, or the command that serves it. */
  readonly dashboard: string;
  /** A shell outside the cluster follows. */
  readonly withShell: boolean;
}

const changesFollow = "What happens is shown below. Ctrl-C ends the cluster and leaves nothing behind.";
const shellFollows = "This shell is outside the cluster. Leave it (exit, Ctrl-D) to end the cluster.";

/** pino's level numbers from which on a component's log line is shown. */
const warnLevel = 40;

export function createConsole(stream: NodeJS.WriteStream | WriteStream): Console {
  const colour = painter(stream);
  const print = (text: string) => stream.write(`${text}\n`);
  let isMuted = false;
  const printAt = (text: string) => {
    if (!isMuted) print(`${colour("dim", new Date().toLocaleTimeString("en-GB"))}  ${text}`);
  };

  return {
    componentEvent(event) {
      switch (event.kind) {
        case "ready":
          return;
        case "ended":
          printAt(
            `${colour("yellow", event.component)} ended (${event.how}), started again in ${event.restartInMs} ms`,
          );
          return;
        case "log": {
          const text = warningIn(event.line);
          if (text !== undefined) printAt(`${colour("yellow", event.component)} ${text}`);
        }
      }
    },
    change: printAt,
    up({ nodes, ports, kubeconfig, hints, dashboard, withShell }) {
      print("");
      for (const answering of ports) {
        const where = answering.isEverywhere ? "every node" : "the nodes that have a pod of it";
        print(colour("bold", `${answering.service} answers on port ${answering.port} of ${where}`));
        for (const node of nodes)
          for (const url of urlsOf(node, answering)) print(`  ${node.name.padEnd(8)} ${colour("cyan", url)}`);
        print("");
      }
      print(`  dashboard ${colour("cyan", dashboard)}`);
      print("");
      print(`  export KUBECONFIG=${kubeconfig}`);
      print("  kubectl get svc,pods,nodes,endpointslices -o wide");
      for (const hint of hints) print(`  ${hint}`);
      print("");
      print(colour("dim", withShell ? shellFollows : changesFollow));
    },
    mute() {
      isMuted = true;
    },
    stopping: () => print("\nStopping"),
    killing: () => print("Killing what is left"),
  };
}

/** The message of a warning or an error; undefined for anything less, and for what is not a log line of ours. */
function warningIn(line: string): string | undefined {
  try {
    const {
      level,
      msg,
      time: _time,
      component: _component,
      ...fields
    } = JSON.parse(line) as Record<string, unknown>;
    if (typeof level !== "number" || level < warnLevel) return undefined;
    const details = Object.entries(fields).map(
      ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    return [msg, ...details].join(" ");
  } catch {
    return line;
  }
}
