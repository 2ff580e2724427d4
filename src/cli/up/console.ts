/** What `porthole up` shows: lines, with colour when it is a terminal that reads them. */
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { NodePlan } from "./plan.ts";
import type { ComponentEvent } from "./supervised-process.ts";

export interface Console {
  componentEvent(event: ComponentEvent): void;
  /** A change in the cluster, as one line. */
  change(line: string): void;
  up(
    nodes: readonly NodePlan[],
    ports: readonly { readonly service: string; readonly port: number }[],
    kubeconfig: string,
  ): void;
  stopping(): void;
  killing(): void;
}

/** pino's level numbers from which on a component's log line is shown. */
const warnLevel = 40;

export function createConsole(stream: NodeJS.WriteStream | WriteStream): Console {
  const colour = (format: Parameters<typeof styleText>[0], text: string) =>
    stream.isTTY ? styleText(format, text, { stream }) : text;
  const print = (text: string) => stream.write(`${text}\n`);
  const printAt = (text: string) =>
    print(`${colour("dim", new Date().toLocaleTimeString("en-GB"))}  ${text}`);

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
    up(nodes, ports, kubeconfig) {
      print("");
      for (const { service, port } of ports) {
        print(colour("bold", `${service} answers on port ${port} of every node`));
        for (const { name, address } of nodes)
          print(`  ${name.padEnd(8)} ${colour("cyan", `http://${address}:${port}`)}`);
        print("");
      }
      print(`  export KUBECONFIG=${kubeconfig}`);
      print("  kubectl get svc,pods,nodes,endpointslices -o wide\n");
      print(colour("dim", "What happens is shown below. Ctrl-C ends the cluster and leaves nothing behind."));
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
