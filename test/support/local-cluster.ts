/** Starts `porthole up` as a user would, and reads what it prints. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const porthole = fileURLToPath(new URL("../../bin/porthole", import.meta.url));

export interface LocalCluster {
  readonly pid: number;
  /** The URLs that it said answer, in the order of nodes. */
  readonly urls: readonly string[];
  readonly kubeconfig: string;
  readonly dataDir: string;
  /** Everything printed until now. */
  output(): string;
  /** Pids of the components that run now, by name. */
  components(): ReadonlyMap<string, number>;
  /** Resolves with the first line, printed now or later, that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Sends the signal to `porthole up` alone; resolves with its exit status. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/**
 * Resolves once the cluster says that it is up. Throws with its output if it ends before. `enter` calls its argument where it is to
 * run, in a network namespace say.
 */
export async function startLocalCluster(
  args: readonly string[] = [],
  enter: <T>(start: () => T) => T = (start) => start(),
): Promise<LocalCluster> {
  const child = enter(() => spawn(porthole, ["up", ...args], { stdio: ["ignore", "pipe", "pipe"] }));
  const lines: string[] = [];
  const waiting = new Set<{ pattern: RegExp; resolve: (line: string) => void }>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const waiter of waiting) if (waiter.pattern.test(line)) waiter.resolve(line);
    });
  }
  const exited = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);

  async function line(pattern: RegExp): Promise<string> {
    const printed = lines.find((candidate) => pattern.test(candidate));
    if (printed !== undefined) return printed;
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiter = { pattern, resolve };
    waiting.add(waiter);
    const ended = exited.then((code): never => {
      throw new Error(`porthole up ended with ${code} before it printed ${pattern}:\n${lines.join("\n")}`);
    });
    return Promise.race([promise, ended]).finally(() => waiting.delete(waiter));
  }

  const kubeconfigLine = await line(/KUBECONFIG=/);
  const kubeconfig = /KUBECONFIG=(\S+)/.exec(kubeconfigLine)?.[1] ?? "";
  const dataDir = dirname(kubeconfig);
  return {
    pid: child.pid ?? 0,
    urls: lines.flatMap((text) => /^\s*node-\d+\s+(http:\/\/\S+)/.exec(text)?.[1] ?? []),
    kubeconfig,
    dataDir,
    output: () => lines.join("\n"),
    components: () => readPids(join(dataDir, "run")),
    line,
    async end(signal) {
      child.kill(signal);
      return exited;
    },
  };
}

function readPids(directory: string): ReadonlyMap<string, number> {
  return new Map(
    readdirSync(directory)
      .filter((name) => name.endsWith(".pid"))
      .map((name) => [name.slice(0, -".pid".length), Number(readFileSync(join(directory, name), "utf8"))]),
  );
}
