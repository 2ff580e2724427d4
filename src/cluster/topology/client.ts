/** The machine beside the cluster: programs that are run there are outside clients. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { listNetworkNamespaces, openNetworkNamespace } from "../../kernel/index.ts";
import { anyClusterPrefix, namespaceName, parseNamespaceName } from "./cluster-name.ts";
import { clientRole } from "./cluster-network.ts";

/** Names of the clusters that have such a machine. */
export function findClusters(): readonly string[] {
  return listNetworkNamespaces(anyClusterPrefix).flatMap((name) => {
    const parsed = parseNamespaceName(name);
    return parsed?.role === clientRole ? [parsed.cluster] : [];
  });
}

/**
 * Runs a program there, on this process's terminal, and resolves with its exit status as a shell reckons it. Rejects if there is no
 * such cluster, without the privileges to enter it, or if the program cannot be started.
 */
export async function runInClient(
  cluster: string,
  [program = "", ...args]: readonly string[],
): Promise<number> {
  using namespace = await openNetworkNamespace(namespaceName(cluster, clientRole));
  const child = namespace.run(() => spawn(program, args, { stdio: "inherit" }));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", (error) => reject(new Error(`Cannot run ${program}: ${error.message}`)));
  child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  // What the terminal sends reaches the program itself; this process waits for it.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  process.on("SIGQUIT", ignore);
  try {
    return await promise;
  } finally {
    process.off("SIGINT", ignore);
    process.off("SIGQUIT", ignore);
  }
}
