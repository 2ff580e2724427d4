import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { needsRoot } from "../src/kernel/testing/kernel-test.ts";
import { pagePaths } from "../tools/docs/contents.ts";
import { repository } from "../tools/docs/site.ts";
import { type HostNamespace, makeHostNamespace } from "./support/host-namespace.ts";
import { type LocalCluster, porthole, startLocalCluster } from "./support/local-cluster.ts";
import { isRunning } from "./support/processes.ts";

const run = promisify(execFile);

interface Block {
  readonly page: string;
  /**
   * `background`: it runs until the page is done. `cluster`: there is one with the demo Service. `elsewhere`: it is for machines that a test
   * does not have, so the program is asked whether it knows all that is written there.
   */
  readonly mode: "" | "background" | "cluster" | "elsewhere";
  readonly script: string;
}

const blocks: readonly Block[] = pagePaths.flatMap((page) =>
  [...readFileSync(join(repository, page), "utf8").matchAll(/^```sh ?(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, mode = "", script = ""]) => ({ page, mode: mode as Block["mode"], script }),
  ),
);

/** In a network namespace of its own, so that addresses and ports are free; in a directory of its own. */
describe("the commands of the documentation", { timeout: 110_000, ...needsRoot }, () => {
  let host: HostNamespace;
  const directory = mkdtempSync(join(tmpdir(), "porthole-docs-"));
  const background: ChildProcess[] = [];
  before(async () => {
    host = await makeHostNamespace();
    mkdirSync(join(directory, "bin"));
    symlinkSync(porthole, join(directory, "bin/porthole"));
  });
  const endBackground = async () => {
    for (const child of background.splice(0)) {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    }
  };
  after(async () => {
    await endBackground();
    await host?.close();
    rmSync(directory, { recursive: true });
  });

  const environment = (kubeconfig = "") => ({
    ...process.env,
    PATH: `${join(directory, "bin")}:${process.env.PATH}`,
    KUBECONFIG: kubeconfig,
  });
  const runScript = (script: string, kubeconfig?: string) =>
    host.enter(() =>
      run("bash", ["-euo", "pipefail", "-c", script], { cwd: directory, env: environment(kubeconfig) }),
    );

  for (const [page, own] of Map.groupBy(
    blocks.filter(({ mode }) => mode === "" || mode === "background"),
    ({ page }) => page,
  )) {
    test(`${page} from top to bottom`, async () => {
      for (const { script } of own.filter(({ mode }) => mode === "background")) {
        const child = host.enter(() =>
          spawn("bash", ["-c", `exec ${script}`], {
            cwd: directory,
            env: environment(),
            stdio: ["ignore", "pipe", "inherit"],
          }),
        );
        background.push(child);
        await printed(child, /Ctrl-C/);
      }
      const steps = own.filter(({ mode }) => mode === "").map(({ script }) => script);
      const { stdout } = await runScript(steps.join("\n"));
      assert.notEqual(stdout, "");
      await endBackground();
    });
  }

  for (const { page, script } of blocks.filter(({ mode }) => mode === "elsewhere")) {
    for (const line of script.trimEnd().split("\n")) {
      test(`${page}: porthole knows all of ${line}`, async () => {
        const [, words = ""] =
          /^porthole((?: [a-z]+)+)/.exec(line) ?? assert.fail("it is no command of porthole");
        const { stdout } = await runScript(`porthole${words} --help`);
        assert.ok(stdout.startsWith(`Usage: porthole${words} `), stdout.split("\n")[0]);
        for (const [flag] of line.replace(/ # .*/, "").matchAll(/(?<= )--[a-z-]+/g))
          assert.match(stdout, new RegExp(`^ .*${flag}(?=[ ,]|$)`, "m"));
      });
    }
  }

  describe("in a cluster", () => {
    let cluster: LocalCluster;
    before(async () => {
      cluster = await startLocalCluster([], (start) => host.enter(start));
      await host.run("kubectl", "--kubeconfig", cluster.kubeconfig, "rollout", "status", "deployment/demo");
      // Proxies report a moment after they have started.
      await runScript("porthole status --wait default/demo-service", cluster.kubeconfig);
    });
    after(async () => {
      if (cluster && isRunning(cluster.pid)) await cluster.end("SIGTERM");
    });
    for (const { page, script } of blocks.filter(({ mode }) => mode === "cluster")) {
      test(`${page}: ${script.split("\n")[0]}`, async () => {
        assert.notEqual((await runScript(script, cluster.kubeconfig)).stdout, "");
      });
    }
  });
});

/** Resolves once it has printed it; rejects if it ends before. What it prints afterwards is thrown away. */
async function printed(child: ChildProcess, pattern: RegExp): Promise<void> {
  let text = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  child.stdout?.on("data", (chunk) => {
    if (text.length < 100_000) text += String(chunk);
    if (pattern.test(text)) resolve();
  });
  child.once("exit", () => reject(new Error(`It ended before it printed ${pattern}:\n${text}`)));
  await promise;
}
