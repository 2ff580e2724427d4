/** A `porthole apiserver` of its own, that can be killed and started again with its data on its port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

export interface ApiServerProcess extends AsyncDisposable {
  readonly kubeconfig: string;
  /** Resolves once it serves. Rejects with its log if it ends before. */
  start(): Promise<void>;
  /** Resolves once it has ended. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** `listen` should lie on an address of the test's own: an ephemeral port of 127.0.0.1 may be taken while nobody listens. */
export async function createApiServerProcess(listen: string): Promise<ApiServerProcess> {
  const directory = await mkdtemp(join(tmpdir(), "porthole-restart-"));
  const kubeconfig = join(directory, "kubeconfig");
  const files = ["--data-dir", directory, "--kubeconfig-out", kubeconfig];
  let child: ChildProcess | undefined;
  const server: ApiServerProcess = {
    kubeconfig,
    async start() {
      const started = spawn(process.execPath, [main, "apiserver", "--listen", listen, ...files], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      child = started;
      const lines: string[] = [];
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      createInterface({ input: started.stderr })
        .on("line", (line) => {
          lines.push(line);
          if (line.includes("Serving the Kubernetes API")) resolve();
        })
        .on("close", () => reject(new Error(`The API server ended before it served:\n${lines.join("\n")}`)));
      await promise;
    },
    async end(signal) {
      const running = child;
      child = undefined;
      if (!running) return;
      const ended = once(running, "exit");
      running.kill(signal);
      await ended;
    },
    async [Symbol.asyncDispose]() {
      await server.end("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
  return server;
}
