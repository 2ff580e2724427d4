/** Asks `porthole doctor` of a real cluster in a namespace that plays the host. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { Diagnosis } from "../../src/inspect/index.ts";
import type { HostNamespace } from "./host-namespace.ts";
import { porthole } from "./local-cluster.ts";

const run = promisify(execFile);

/** A fault shows a moment after its objects are there: the doctor is asked again, so often and at most so many times. */
const retryMs = 100;
const mostRetries = 80;

export interface Doctor {
  /** Resolves with what kubectl printed. */
  kubectl(...args: readonly string[]): Promise<string>;
  apply(manifests: string): Promise<void>;
  /** What `porthole doctor`, or another command, says of the cluster, and its exit status. */
  ask(...args: readonly string[]): Promise<{ readonly found: unknown; readonly code: number }>;
  /**
   * Resolves with the findings about a Service, or about all, once the first of those that `about` takes is the check's. Rejects with
   * what was found if it never is.
   */
  untilFirst(
    id: string,
    service?: string,
    about?: (finding: Diagnosis) => boolean,
  ): Promise<readonly Diagnosis[]>;
  /** Resolves once nothing is found about a Service; rejects with what is found if that never comes. */
  untilSilent(service: string): Promise<void>;
}

export function openDoctor(host: HostNamespace, kubeconfig: string): Doctor {
  const kubectl = (...args: readonly string[]) => host.run("kubectl", "--kubeconfig", kubeconfig, ...args);
  const ask: Doctor["ask"] = async (...args) => {
    const started = host.enter(() => run(porthole, [...args, "--kubeconfig", kubeconfig, "-o", "json"]));
    // Exit status 1 says that there are errors.
    const { stdout, code } = await started.then(
      (answer) => ({ ...answer, code: 0 }),
      (error: { stdout: string; code: number }) => error,
    );
    return { found: JSON.parse(stdout) as unknown, code };
  };
  const until = async (
    service: string | undefined,
    isWanted: (found: readonly Diagnosis[]) => boolean,
    failure: string,
  ): Promise<readonly Diagnosis[]> => {
    let found: readonly Diagnosis[] = [];
    for (let attempt = 0; attempt < mostRetries; attempt++) {
      const answer = await ask("doctor", ...(service === undefined ? [] : [service]));
      found = answer.found as readonly Diagnosis[];
      if (isWanted(found)) return found;
      await delay(retryMs);
    }
    throw new Error(`${failure}: ${JSON.stringify(found, undefined, 1)}`);
  };
  return {
    kubectl,
    async apply(manifests) {
      const directory = await mkdtemp(join(tmpdir(), "porthole-doctor-"));
      try {
        const file = join(directory, "manifests.yaml");
        await writeFile(file, manifests);
        await kubectl("apply", "-f", file);
      } finally {
        await rm(directory, { recursive: true });
      }
    },
    ask,
    untilFirst: (id, service, about = () => true) =>
      until(service, (found) => found.find(about)?.id === id, `${id} is not what it names first`),
    async untilSilent(service) {
      await until(service, (found) => found.length === 0, `${service} is not well`);
    },
  };
}
