/** `porthole up --rootless`: starts the cluster in a user namespace, where it is root, and publishes its ports on the host's loopback. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { programFile } from "../../../lib/package-files.ts";
import { openDataDir } from "../data-dir.ts";
import { type PublishAnswer, type PublishRequest, relaySocketName, scratchVariable } from "./messages.ts";
import { PublishedPorts } from "./published-ports.ts";

/** user_namespaces(7): the caller is root in it, over network and mounts of its own. A thread of Node cannot enter one (unshare(2)). */
const namespaces = ["--user", "--map-root-user", "--net", "--mount"];
const notAllowed =
  "The cluster ended before it began. If user namespaces are not allowed here, see the settings user.max_user_namespaces, kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns, or run it as root without --rootless";

/** Runs until the cluster ends; resolves with its exit status. */
export async function launchRootless(args: readonly string[]): Promise<number> {
  const scratch = await openDataDir(undefined);
  const ports = new PublishedPorts(join(scratch.path, relaySocketName));
  try {
    mkdirSync(join(scratch.path, "run"));
    const command = [
      ...namespaces,
      "--",
      process.execPath,
      ...process.execArgv,
      programFile("cli/main"),
      ...args,
    ];
    const child = spawn("unshare", command, {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      env: { ...process.env, [scratchVariable]: scratch.path },
    });
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => child.kill(name));
    let began = false;
    child.on("message", async ({ ports: wanted }: PublishRequest) => {
      began = true;
      const answer: PublishAnswer = { listening: await ports.set(wanted) };
      if (child.connected) child.send(answer, () => {});
    });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.once("error", (error) =>
      reject(new Error(`Cannot run unshare(1), which util-linux has: ${error.message}`)),
    );
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
    const code = await promise;
    if (code !== 0 && !began) process.stderr.write(`porthole: ${notAllowed}\n`);
    return code;
  } finally {
    ports.close();
    await scratch.release();
  }
}
